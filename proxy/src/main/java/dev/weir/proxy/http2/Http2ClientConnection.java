package dev.weir.proxy.http2;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.http1.Preface;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A client's HTTP/2 connection: turns frames into requests, many at a time, and responses into
/// frames.
///
/// ```
///   PREFACE ──▶ OPEN ──GOAWAY, no stream left──▶ LINGER ──▶ closed
///                 └────── connection error ────────┘
/// ```
///
/// Reads as long as the client takes what it is sent. What is written while the loop works through
/// its events is sent at the end of them, so that responses share system calls. Thread: the
/// connection's loop.
public final class Http2ClientConnection extends ChannelInboundHandlerAdapter
    implements LiveConnection {
  /// How much of a stream's body a client may send before an origin took it.
  static final int STREAM_WINDOW = 128 * 1024;

  /// How much of all its bodies a client may send before origins took it.
  static final int CONNECTION_WINDOW = 1024 * 1024;

  private static final int MAX_LINGER_BYTES = 1 << 20;
  private static final long DRAIN_PING = 0x7765_6972_6472_6e00L;
  private static final Duration LINGER = Duration.ofSeconds(2);
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(1);

  private enum Phase {
    PREFACE,
    OPEN,
    LINGER
  }

  private final Arrival arrival;
  private final Channel channel;
  private final LoopListener listener;
  private final Loop loop;
  private final HttpPlan first;
  private final Streams streams;
  private final FrameReader reader;
  private final ClientOutput out;
  private final ConnectionDeadline deadline = new ConnectionDeadline();
  private final Backlog backlog = new Backlog();
  private final ArrayDeque<Http2ClientStream> passedOn = new ArrayDeque<>();
  private final Client client;

  private @Nullable ByteBuf rest;
  private @Nullable Announcement announcement;
  private Phase phase = Phase.PREFACE;
  private @Nullable Forwarding forwarding;
  private int peerWindow = Window.DEFAULT;
  private int credit;
  private boolean draining;
  private int lingered;

  private Http2ClientConnection(Arrival arrival, LoopListener listener, HttpPlan plan) {
    this.arrival = arrival;
    this.channel = arrival.channel();
    this.listener = listener;
    this.loop = listener.loop();
    this.first = plan;
    this.client = new Client(arrival.client(), arrival.tls());
    this.out = new ClientOutput(channel, loop, arrival.tls() == null);
    this.streams = new Streams(this);
    this.reader = new FrameReader(streams, plan.config().limits().headSize());
  }

  /// Takes over a connection whose client will say HTTP/2's preface, or has said it to another
  /// protocol, which passes on what was read.
  public static LiveConnection accept(Arrival arrival, LoopListener listener, HttpPlan plan) {
    Http2ClientConnection connection = new Http2ClientConnection(arrival, listener, plan);
    connection.loop.tick();
    arrival.channel().pipeline().addLast(connection);
    connection.greet(plan.config());
    connection.arm(plan.config().timeouts().header());
    arrival.channel().read();
    return connection;
  }

  private void greet(ListenerConfig config) {
    out.settings(
        Frames.MAX_CONCURRENT_STREAMS,
        config.versions().streams(),
        Frames.INITIAL_WINDOW_SIZE,
        STREAM_WINDOW,
        Frames.MAX_HEADER_LIST_SIZE,
        config.limits().headSize(),
        Frames.ENABLE_CONNECT_PROTOCOL,
        1);
    out.windowUpdate(0, CONNECTION_WINDOW - Window.DEFAULT);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    out.start(ctx);
  }

  // --- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    loop.tick();
    ByteBuf in = (ByteBuf) message;
    ByteBuf before = rest;
    if (before != null) {
      rest = null;
      ByteBuf both = ctx.alloc().directBuffer(before.readableBytes() + in.readableBytes());
      both.writeBytes(before).writeBytes(in);
      before.release();
      loop.reads().done(in);
      in = both;
    }
    read(in);
    if (!in.isReadable()) {
      loop.reads().done(in);
    } else if (phase == Phase.LINGER) {
      discard(in);
    } else {
      rest = ctx.alloc().directBuffer(in.readableBytes()).writeBytes(in);
      loop.reads().done(in);
    }
  }

  private void read(ByteBuf in) {
    if (phase == Phase.PREFACE && !preface(in)) {
      return;
    }
    if (phase == Phase.OPEN) {
      reader.read(in);
    }
  }

  private boolean preface(ByteBuf in) {
    if (!Preface.begins(in)) {
      fail(ErrorCode.PROTOCOL_ERROR, "no preface", Failure.PROTOCOL_ERROR);
      return false;
    }
    if (in.readableBytes() < Preface.LENGTH) {
      return false;
    }
    in.skipBytes(Preface.LENGTH);
    phase = Phase.OPEN;
    return true;
  }

  private void discard(ByteBuf in) {
    lingered += in.readableBytes();
    in.release();
    if (lingered > MAX_LINGER_BYTES) {
      channel.close();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    for (Http2ClientStream s = passedOn.poll(); s != null; s = passedOn.poll()) {
      s.exchange().requestFlush();
    }
    if (credit >= CONNECTION_WINDOW / 4) {
      payBack();
    }
    out.flush();
    if (phase == Phase.LINGER || channel.isWritable()) {
      ctx.read();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable() && phase != Phase.LINGER) {
      loop.tick();
      streams.resumeAll();
      out.flushSoon();
      ctx.read();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Closing.inputEnded(channel, event)) {
      loop.tick();
      if (phase == Phase.LINGER) {
        channel.close();
      } else {
        streams.inputEnded();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.tick();
    try {
      phase = Phase.LINGER;
      streams.failAll(Failure.CLIENT_ABORT);
      loop.deadlines().remove(deadline);
      ReferenceCountUtil.release(rest);
      rest = null;
      out.release();
      if (announcement != null) {
        announcement.close();
      }
    } finally {
      listener.closed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    channel.close();
  }

  // --- what streams ask for

  /// What goes out.
  ClientOutput output() {
    return out;
  }

  Loop loop() {
    return loop;
  }

  LoopListener listener() {
    return listener;
  }

  /// How origins are told who the client is.
  Announcement announcement() {
    Announcement known = announcement;
    if (known == null) {
      known = new Announcement(arrival);
      announcement = known;
    }
    return known;
  }

  ByteBufAllocator allocator() {
    return channel.alloc();
  }

  /// The plan that the connection was accepted with.
  HttpPlan plan() {
    return first;
  }

  Client client() {
    return client;
  }

  /// How the client is announced under the plan in force.
  Forwarding forwarding(HttpPlan plan) {
    Forwarding how = Forwarding.under(plan, client, forwarding);
    forwarding = how;
    return how;
  }

  /// The peer's window for each new stream.
  int peerWindow() {
    return peerWindow;
  }

  void peerWindow(int size) {
    peerWindow = size;
  }

  /// Something of the stream's request is on its way and can be sent at the end of the read.
  void passedOn(Http2ClientStream stream) {
    if (passedOn.peekLast() != stream) {
      passedOn.add(stream);
    }
  }

  /// Sends a part of a stream's body. Takes ownership.
  void data(int stream, ByteBuf data, boolean end) {
    streams.sent(data.readableBytes());
    out.data(stream, data, end);
  }

  /// Bytes that came on any stream were taken.
  void credit(int bytes) {
    credit += bytes;
    if (credit >= CONNECTION_WINDOW / 4) {
      payBack();
    }
  }

  private void payBack() {
    if (phase == Phase.OPEN && channel.isActive()) {
      streams.widen(credit);
      out.windowUpdate(0, credit);
      credit = 0;
    }
  }

  void writeReset(int stream, ErrorCode code) {
    streams.remember(stream);
    out.reset(stream, code);
  }

  /// A response was sent to its end.
  void completed() {
    streams.completed();
  }

  /// The stream is over.
  void closed(Http2ClientStream stream) {
    streams.closed(stream);
  }

  boolean open() {
    return phase == Phase.OPEN;
  }

  // --- the end

  /// Says what is wrong and ends everything.
  void fail(ErrorCode code, String text, Failure failure) {
    if (phase != Phase.LINGER) {
      out.goAway(streams.last(), code, text);
      streams.failAll(failure);
      linger();
    }
  }

  @Override
  public void drain() {
    if (phase == Phase.LINGER || draining) {
      return;
    }
    draining = true;
    out.goAway(Integer.MAX_VALUE, ErrorCode.NO_ERROR, null);
    out.ping(DRAIN_PING, false);
    out.flushSoon();
    arm(DRAIN_PATIENCE);
  }

  /// The client answered a PING.
  void pong(long data) {
    if (draining && data == DRAIN_PING) {
      leave();
    }
  }

  /// Takes no more streams; closes when there are none.
  void leave() {
    if (phase != Phase.LINGER && !streams.ending()) {
      draining = true;
      out.goAway(streams.last(), ErrorCode.NO_ERROR, null);
      out.flushSoon();
      streams.end();
      idle();
    }
  }

  @Override
  public void close() {
    if (phase != Phase.LINGER) {
      out.goAway(streams.last(), ErrorCode.NO_ERROR, null);
      streams.failAll(Failure.DRAINED);
    }
    out.flush();
    channel.close();
  }

  /// Says that nothing more comes, then reads what the client still sends for a while: closing at
  /// once could make its system throw away what was sent (RFC 9113 section 5.4.1).
  private void linger() {
    phase = Phase.LINGER;
    out.flush();
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    Closing.output(channel);
    arm(LINGER);
    channel.read();
  }

  // --- time

  /// There is no stream any more.
  void idle() {
    if (phase == Phase.LINGER || streams.any()) {
      return;
    }
    if (streams.ending()) {
      linger();
    } else if (!draining) {
      arm(first.config().timeouts().keepAlive());
    }
  }

  /// There is a stream, whose own deadlines count.
  void busy() {
    if (!draining) {
      loop.deadlines().cancel(deadline);
    }
  }

  /// A header block has begun and must end in time.
  void awaitBlock() {
    arm(first.config().timeouts().header());
  }

  /// A client that was served to the end may still take its last response.
  private void endOrWait() {
    long waiting = Backlog.of(channel);
    if (draining && waiting > 0 && !backlog.stalled(waiting)) {
      arm(first.config().timeouts().idle());
    } else {
      channel.close();
    }
  }

  private void arm(Duration time) {
    loop.deadlines().in(deadline, time);
  }

  /// The client took too long.
  private final class ConnectionDeadline extends Deadlines.Deadline {
    @Override
    protected void expired() {
      if (phase == Phase.LINGER) {
        endOrWait();
      } else if (draining) {
        leave();
      } else if (phase == Phase.PREFACE || reader.inBlock() || streams.last() == 0) {
        fail(ErrorCode.NO_ERROR, "too slow", Failure.HEADER_TIMEOUT);
      } else if (!streams.any()) {
        leave();
      }
    }
  }
}
