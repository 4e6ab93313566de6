package dev.weir.proxy.http1;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import io.netty.channel.Channel;
import java.time.Duration;

/// How long a client may take for what is waited for. Thread: the connection's loop.
final class ClientDeadline extends Deadlines.Deadline {
  /// What a client that is told to go gets for one more request.
  private static final Duration LAST_REQUEST = Duration.ofSeconds(1);

  private final Http1ClientConnection connection;
  private final Channel channel;
  private final Loop loop;
  private final Backlog backlog = new Backlog();

  ClientDeadline(Http1ClientConnection connection, Channel channel, Loop loop) {
    this.connection = connection;
    this.channel = channel;
    this.loop = loop;
  }

  /// A whole head must come.
  void head(ListenerConfig.Timeouts timeouts) {
    loop.deadlines().in(this, timeouts.header());
  }

  /// Another request may come.
  ///
  /// @param draining whether it would be the last one
  void nextRequest(ListenerConfig.Timeouts timeouts, boolean draining) {
    Duration keepAlive = timeouts.keepAlive();
    boolean hurry = draining && keepAlive.compareTo(LAST_REQUEST) > 0;
    loop.deadlines().in(this, hurry ? LAST_REQUEST : keepAlive);
  }

  /// More of the request must come, or more of the response be taken.
  void progress(ListenerConfig.Timeouts timeouts) {
    loop.deadlines().in(this, timeouts.idle());
  }

  /// Somebody else waits for the client.
  void cancel() {
    loop.deadlines().cancel(this);
  }

  /// Nothing comes after this.
  void close() {
    loop.deadlines().remove(this);
  }

  @Override
  protected void expired() {
    connection.overdue(backlog.stalled(Backlog.of(channel)));
  }
}
