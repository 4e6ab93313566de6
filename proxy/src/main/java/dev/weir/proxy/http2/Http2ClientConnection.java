package dev.weir.proxy.http2;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
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

  private static final int MAX_FRAME = 64 * 1024;

  /// More than control frames of ours have.
  private static final int CONTROL_FRAMES = 128;

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
  private final FrameOutbox out;
  private final ConnectionDeadline deadline = new ConnectionDeadline();
  private final Runnable flush = this::flush;
  private final ArrayDeque<Http2ClientStream> blocked = new ArrayDeque<>();
  private final ArrayDeque<Http2ClientStream> passedOn = new ArrayDeque<>();
  private final Window send = new Window();
  private final Client client;

  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf rest;
  private @Nullable Announcement announcement;
  private Phase phase = Phase.PREFACE;
  private @Nullable Forwarding forwarding;
  private int peerWindow = Window.DEFAULT;
  private int maxFrame = Frames.MAX_SIZE;
  private int credit;
  private boolean firstBlock = true;
  private boolean flushing;
  private boolean draining;
  private int lingered;

  private Http2ClientConnection(Arrival arrival, LoopListener listener, HttpPlan plan) {
    this.arrival = arrival;
    this.channel = arrival.channel();
    this.listener = listener;
    this.loop = listener.loop();
    this.first = plan;
    this.client = new Client(arrival.client(), arrival.tls());
    this.send.start(Window.DEFAULT);
    this.out = new FrameOutbox(channel, arrival.tls() == null);
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
    ByteBuf frames = frames(CONTROL_FRAMES);
    Frames.settings(
        frames,
        Frames.MAX_CONCURRENT_STREAMS,
        config.versions().streams(),
        Frames.INITIAL_WINDOW_SIZE,
        STREAM_WINDOW,
        Frames.MAX_HEADER_LIST_SIZE,
        config.limits().headSize(),
        Frames.ENABLE_CONNECT_PROTOCOL,
        1);
    Frames.windowUpdate(frames, 0, CONNECTION_WINDOW - Window.DEFAULT);
    flushSoon();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not added to a channel yet");
    }
    return ctx;
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
    int size = Math.min(in.readableBytes(), Frames.PREFACE.length);
    for (int i = 0; i < size; i++) {
      if (in.getByte(in.readerIndex() + i) != Frames.PREFACE[i]) {
        fail(ErrorCode.PROTOCOL_ERROR, "no preface", Failure.PROTOCOL_ERROR);
        return false;
      }
    }
    if (size < Frames.PREFACE.length) {
      return false;
    }
    in.skipBytes(size);
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
    flush();
    if (phase == Phase.LINGER || channel.isWritable()) {
      ctx.read();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable() && phase != Phase.LINGER) {
      loop.tick();
      streams.resumeAll();
      flushSoon();
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

  /// The peer's window for the connection.
  Window send() {
    return send;
  }

  void peerWindow(int size) {
    peerWindow = size;
  }

  void maxFrame(int size) {
    maxFrame = Math.min(MAX_FRAME, size);
  }

  /// How many bytes a stream may send now, in one frame.
  int maySend(Window stream) {
    if (!channel.isWritable()) {
      return 0;
    }
    return Math.min(Math.min(stream.left(), send.left()), maxFrame);
  }

  boolean writable() {
    return channel.isWritable();
  }

  long pendingBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /// The stream cannot send because of the connection.
  void blocked(Http2ClientStream stream) {
    blocked.add(stream);
  }

  /// The stream has nothing to send any more.
  void unblocked(Http2ClientStream stream) {
    blocked.remove(stream);
  }

  /// Lets those send that could not, each in its turn.
  void resumeBlocked() {
    for (int left = blocked.size(); left > 0; left--) {
      Http2ClientStream next = blocked.poll();
      if (next != null) {
        next.out().turn();
        next.resume();
      }
    }
  }

  /// Something of the stream's request is on its way and can be sent at the end of the read.
  void passedOn(Http2ClientStream stream) {
    if (passedOn.peekLast() != stream) {
      passedOn.add(stream);
    }
  }

  /// A block to be filled.
  HpackEncoder block() {
    HpackEncoder block = HpackEncoder.ofLoop();
    block.begin(firstBlock);
    firstBlock = false;
    return block;
  }

  private ByteBuf frames(int size) {
    return out.buffer(context(), size);
  }

  private static int headersSize(HpackEncoder block) {
    return block.length() + Frames.HEADER * (1 + block.length() / Frames.MAX_SIZE);
  }

  void headers(int stream, HpackEncoder block, boolean end) {
    if (channel.isActive()) {
      Frames.headers(frames(headersSize(block)), stream, block, end, Frames.MAX_SIZE);
    }
  }

  /// HEADERS that end a stream, to be sent later.
  ByteBuf trailers(int stream, MessageHead fields) {
    HpackEncoder block = block();
    block.fields(fields);
    ByteBuf frames = channel.alloc().directBuffer(headersSize(block));
    Frames.headers(frames, stream, block, true, Frames.MAX_SIZE);
    return frames;
  }

  void data(int stream, ByteBuf data, boolean end) {
    send.take(data.readableBytes());
    streams.sent(data.readableBytes());
    out.data(context(), stream, data, end);
  }

  /// Ends a stream behind its body.
  ///
  /// @param trailers frames that do it; null for an empty DATA frame
  void end(int stream, @Nullable ByteBuf trailers) {
    if (trailers == null) {
      Frames.header(frames(CONTROL_FRAMES), 0, Frames.DATA, Frames.END_STREAM, stream);
    } else {
      frames(trailers.readableBytes()).writeBytes(trailers);
      trailers.release();
    }
  }

  void windowUpdate(int stream, int increment) {
    Frames.windowUpdate(frames(CONTROL_FRAMES), stream, increment);
    flushSoon();
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
      Frames.windowUpdate(frames(CONTROL_FRAMES), 0, credit);
      credit = 0;
      flushSoon();
    }
  }

  void writeReset(int stream, ErrorCode code) {
    streams.remember(stream);
    if (channel.isActive()) {
      Frames.reset(frames(CONTROL_FRAMES), stream, code);
      flushSoon();
    }
  }

  void acknowledgeSettings() {
    Frames.settingsAck(frames(CONTROL_FRAMES));
  }

  void answerPing(long data) {
    Frames.ping(frames(CONTROL_FRAMES), data, true);
  }

  /// A response was sent to its end.
  void completed() {
    streams.completed();
  }

  /// The stream is over.
  void closed(Http2ClientStream stream) {
    streams.closed(stream);
  }

  /// Sends what is there when the loop is through with its events.
  void flushSoon() {
    if (!flushing) {
      flushing = true;
      loop.eventLoop().execute(flush);
    }
  }

  private void flush() {
    flushing = false;
    ChannelHandlerContext ctx = context;
    if (ctx != null && channel.isActive()) {
      out.flush(ctx);
    }
  }

  boolean open() {
    return phase == Phase.OPEN;
  }

  // --- the end

  /// Says what is wrong and ends everything.
  void fail(ErrorCode code, String text, Failure failure) {
    if (phase != Phase.LINGER) {
      Frames.goAway(frames(CONTROL_FRAMES), streams.last(), code, text);
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
    Frames.goAway(frames(CONTROL_FRAMES), Integer.MAX_VALUE, ErrorCode.NO_ERROR, null);
    Frames.ping(frames(CONTROL_FRAMES), DRAIN_PING, false);
    flushSoon();
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
      Frames.goAway(frames(CONTROL_FRAMES), streams.last(), ErrorCode.NO_ERROR, null);
      flushSoon();
      streams.end();
      idle();
    }
  }

  @Override
  public void close() {
    if (phase != Phase.LINGER) {
      Frames.goAway(frames(CONTROL_FRAMES), streams.last(), ErrorCode.NO_ERROR, null);
      streams.failAll(Failure.DRAINED);
    }
    flush();
    channel.close();
  }

  /// Says that nothing more comes, then reads what the client still sends for a while: closing at
  /// once could make its system throw away what was sent (RFC 9113 section 5.4.1).
  private void linger() {
    phase = Phase.LINGER;
    flush();
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    Closing.output(channel);
    arm(LINGER);
    context().read();
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

  private void arm(Duration time) {
    loop.deadlines().in(deadline, time);
  }

  /// The client took too long.
  private final class ConnectionDeadline extends Deadlines.Deadline {
    @Override
    protected void expired() {
      if (phase == Phase.LINGER) {
        channel.close();
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
