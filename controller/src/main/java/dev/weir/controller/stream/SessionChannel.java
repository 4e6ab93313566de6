package dev.weir.controller.stream;

import dev.weir.config.stream.Frame;
import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.controller.stream.StreamMetrics.Refusal;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The seam between a peer's channel, on an event loop, and whoever serves it, on a virtual thread:
/// a [Session], or another replica's listener.
///
/// The socket is read only when the session has taken everything that was read before, so a proxy
/// that talks too much waits; writes block the session, and nobody else, while the proxy does not
/// read.
public final class SessionChannel extends ChannelInboundHandlerAdapter {
  /// What the session hears.
  public sealed interface Event {
    /// A text frame.
    record Received(byte[] frame) implements Event {}

    /// What is wanted may be another.
    record Changed() implements Event {}

    /// The stream is gone.
    record Closed(String reason) implements Event {}

    /// The wait is over.
    record Nothing() implements Event {}
  }

  /// The proxy does not answer, read or close in time.
  public static final class UnresponsiveException extends Exception {
    private static final long serialVersionUID = 1;

    UnresponsiveException(String message) {
      super(message);
    }
  }

  private static final Event CHANGED = new Event.Changed();
  private static final Event NOTHING = new Event.Nothing();
  private static final int FAREWELL_SECONDS = 1;

  private final Channel channel;
  private final String address;
  private final StreamMetrics metrics;
  private final BlockingQueue<Event> inbox = new LinkedBlockingQueue<>();
  private final AtomicBoolean changed = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition writable = lock.newCondition();
  private volatile long lastHeard = System.nanoTime();
  private volatile long changedAt;
  private @Nullable String ended;
  private boolean violated;

  SessionChannel(Channel channel, String address, StreamMetrics metrics) {
    this.channel = channel;
    this.address = address;
    this.metrics = metrics;
  }

  /// Where the peer connected from.
  public String address() {
    return address;
  }

  /// When the proxy last sent anything, as [System#nanoTime].
  public long lastHeard() {
    return lastHeard;
  }

  /// Starts the time of silence anew: while the session was busy it read nothing, so it cannot have
  /// heard anything.
  void alive() {
    lastHeard = System.nanoTime();
  }

  /// Makes the session look again, once however often it is called before it does. Any thread.
  public void changed() {
    if (changed.compareAndSet(false, true)) {
      changedAt = System.nanoTime();
      inbox.add(CHANGED);
    }
  }

  /// What is wanted is about to be read.
  ///
  /// @return since when it has been another, as [System#nanoTime]; 0 when nobody said so
  public long clearChanged() {
    long since = changedAt;
    return changed.getAndSet(false) ? since : 0;
  }

  /// Ends the session from outside. Any thread.
  void end(String reason) {
    inbox.add(new Event.Closed(reason));
    lock.lock();
    try {
      ended = reason;
      writable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The next event, or [Event.Nothing] after the wait.
  public Event next(long nanos) throws InterruptedException {
    Event event = inbox.poll();
    if (event == null) {
      channel.read();
      event = inbox.poll(nanos, TimeUnit.NANOSECONDS);
    }
    return event == null ? NOTHING : event;
  }

  /// The next text frame, whatever else happens.
  byte[] nextFrame(Duration wait)
      throws InterruptedException, InvalidFrameException, UnresponsiveException {
    long deadline = System.nanoTime() + wait.toNanos();
    while (true) {
      switch (next(Math.max(deadline - System.nanoTime(), 0))) {
        case Event.Received(byte[] frame) -> {
          return frame;
        }
        case Event.Changed() -> {}
        case Event.Closed(String reason) -> throw new UnresponsiveException(reason);
        case Event.Nothing() -> {
          metrics.countRefused(Refusal.HandshakeTimeout);
          throw new UnresponsiveException("no hello in time");
        }
      }
    }
  }

  /// Writes one frame; blocks while the proxy does not take what was written before.
  public void send(byte[] frame, Duration patience)
      throws InterruptedException, UnresponsiveException {
    channel.write(new TextWebSocketFrame(Unpooled.wrappedBuffer(frame)));
    if (channel.isWritable()) {
      return;
    }
    channel.flush();
    long deadline = System.nanoTime() + patience.toNanos();
    lock.lock();
    try {
      while (!channel.isWritable() && ended == null) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          metrics.countRefused(Refusal.Unresponsive);
          throw new UnresponsiveException("it reads nothing for " + patience.toSeconds() + " s");
        }
        writable.awaitNanos(left);
      }
      if (ended != null) {
        throw new UnresponsiveException(ended);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Sends what was written.
  public void flush() {
    channel.flush();
  }

  /// Tells the peer why, then closes.
  public void refuse(String reason) {
    byte[] frame = FrameCodec.encode(new Frame.Refused(reason));
    channel.write(new TextWebSocketFrame(Unpooled.wrappedBuffer(frame)));
    leave(WebSocketCloseStatus.POLICY_VIOLATION);
  }

  /// Closes the channel after what was written before, or a second later when the peer has not
  /// taken it by then.
  public void close() {
    leave(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE);
  }

  private void leave(WebSocketCloseStatus status) {
    channel.writeAndFlush(new CloseWebSocketFrame(status)).addListener(ChannelFutureListener.CLOSE);
    try {
      channel.eventLoop().schedule(() -> cut(channel), FAREWELL_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      // The loop has ended, and with it the channel.
    }
  }

  /// Whoever reads nothing takes no last words of TLS either.
  static void cut(Channel channel) {
    ChannelHandlerContext first = channel.pipeline().firstContext();
    if (first != null) {
      first.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      lastHeard = System.nanoTime();
      if (!(message instanceof WebSocketFrame frame)) {
        return;
      }
      switch (frame) {
        case TextWebSocketFrame text ->
            inbox.add(new Event.Received(ByteBufUtil.getBytes(text.content())));
        case PingWebSocketFrame ping ->
            ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
        case PongWebSocketFrame ignored -> {}
        case CloseWebSocketFrame ignored -> {
          end("closed by the proxy");
          ctx.close();
        }
        default -> {
          count(Refusal.Protocol);
          refuse("frames are text messages");
          end("protocol error: a binary message");
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (inbox.isEmpty()) {
      ctx.read();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      lock.lock();
      try {
        writable.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("connection lost");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean protocol =
        cause instanceof CorruptedWebSocketFrameException || cause instanceof TooLongFrameException;
    if (protocol) {
      count(Refusal.Protocol);
    }
    end((protocol ? "protocol error: " : "connection lost: ") + cause.getMessage());
    ctx.close();
  }

  /// Once per connection: what follows a violation is not read any more.
  private void count(Refusal refusal) {
    if (!violated) {
      violated = true;
      metrics.countRefused(refusal);
    }
  }
}
