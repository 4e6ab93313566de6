package dev.weir.proxy.http1;

import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.time.Duration;

/// The last moments of a client's connection: nothing that comes from the client matters any more,
/// and what was written must reach it. Thread: the connection's loop.
final class Lingering extends Deadlines.Deadline {
  private static final int MAX_BYTES = 1 << 20;
  private static final Duration TIME = Duration.ofSeconds(2);

  private final Channel channel;
  private final Loop loop;
  private final Duration patience;
  private final Backlog backlog = new Backlog();
  private int discarded;

  /// @param patience how long the client may take nothing of what was written
  Lingering(Channel channel, Loop loop, Duration patience) {
    this.channel = channel;
    this.loop = loop;
    this.patience = patience;
  }

  /// Closes as soon as everything is with the system.
  void untilSent() {
    Closing.afterFlush(channel, loop, patience);
  }

  /// Says that nothing more comes, then reads what the client still sends for a while: closing at
  /// once could make its system throw away the response (RFC 9112 section 9.6).
  void untilClientEnds() {
    loop.deadlines().in(this, patience);
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    Closing.output(channel).addListener(done -> loop.deadlines().in(this, TIME));
  }

  /// Throws away what the client sent. One that goes on and on is cut off.
  void discard(ByteBuf bytes) {
    discarded += bytes.readableBytes();
    bytes.skipBytes(bytes.readableBytes());
    if (discarded > MAX_BYTES) {
      channel.close();
    }
  }

  /// The channel is closed.
  void close() {
    loop.deadlines().remove(this);
  }

  @Override
  protected void expired() {
    long waiting = Backlog.of(channel);
    if (waiting > 0 && !backlog.stalled(waiting)) {
      loop.deadlines().in(this, patience);
    } else {
      channel.close();
    }
  }
}
