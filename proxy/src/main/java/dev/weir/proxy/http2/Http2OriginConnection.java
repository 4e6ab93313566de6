package dev.weir.proxy.http2;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.http1.TrailerRules;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.HeadPool;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.message.Trailers;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Inbox;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnection;
import dev.weir.proxy.upstream.IdleConnections;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A connection to an endpoint that speaks HTTP/2 (RFC 9113): carries many requests at once, each
/// as an [Http2OriginStream], and stands among the endpoint's connections of its loop as long as it
/// takes another one.
///
/// Reads all the time: what a stream's client does not take is held back by the stream's window.
/// Thread: its loop.
final class Http2OriginConnection extends ChannelInboundHandlerAdapter
    implements IdleConnection, FrameHandler {
  /// Requests at once on one connection, if the peer allows as many.
  static final int MAX_STREAMS = 100;

  /// Bytes of a response that may be on their way, or wait for the client, for each stream.
  static final int STREAM_WINDOW = 256 * 1024;

  /// Bytes of all responses that may be on their way; given back at once, so that a slow client
  /// holds up no other.
  private static final int CONNECTION_WINDOW = 1 << 20;

  /// Frames that move nothing: so many at once, and so many a second.
  private static final int MAX_WASTED = 1000;

  private static final int WASTED_A_SECOND = 50;
  private static final int EARNED = 4;
  private static final int BYTES_EARNED = 256;

  private static final int MAX_HEAD = 64 * 1024;
  private static final int MAX_FIELDS = 256;
  private static final int TABLE_SIZE = 4096;
  private static final int LAST_STREAM = Integer.MAX_VALUE - 2;

  private final Channel channel;
  private final Endpoint endpoint;
  private final Approach approach;
  private final IdleConnections home;
  private final Loop loop;
  private final Inbox in;
  private final OriginOutput out;
  private final FrameReader reader = new FrameReader(this, MAX_HEAD);
  private final ResponseFields fields = new ResponseFields();
  private final HpackDecoder decoder = new HpackDecoder(TABLE_SIZE, fields);
  private final Allowance budget;
  private final OriginWatch watch;
  private final IntObjectHashMap<Http2OriginStream> streams = new IntObjectHashMap<>();
  private final List<Http2OriginStream> touched = new ArrayList<>();

  /// Streams that are over, but may be called once more by what ended them; then they are spares.
  private final List<Http2OriginStream> done = new ArrayList<>();

  private final ArrayDeque<Http2OriginStream> spares = new ArrayDeque<>();
  private final Trailers trailers = new Trailers();

  private int open;
  private int nextId = 1;
  private int peerStreams = MAX_STREAMS;
  private int peerWindow = Window.DEFAULT;
  private int unacknowledged;
  private boolean settled;
  private boolean webSockets;
  private boolean leaving;
  private boolean closed;
  private boolean listed;

  /// @param approach what it was made with
  /// @param home where it is kept while it takes another request
  /// @param patience with a peer that says nothing
  Http2OriginConnection(
      Channel channel,
      Endpoint endpoint,
      Approach approach,
      IdleConnections home,
      Loop loop,
      OriginWatch.Patience patience) {
    boolean secure = approach.tls() != null;
    this.channel = channel;
    this.endpoint = endpoint;
    this.approach = approach;
    this.home = home;
    this.loop = loop;
    this.in = new Inbox(loop.reads());
    this.out = new OriginOutput(channel, endpoint, loop, secure);
    this.budget = new Allowance(MAX_WASTED, WASTED_A_SECOND, loop.now());
    this.watch = new OriginWatch(this, loop, patience);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    out.start(
        ctx,
        CONNECTION_WINDOW,
        Frames.ENABLE_PUSH,
        0,
        Frames.INITIAL_WINDOW_SIZE,
        STREAM_WINDOW,
        Frames.MAX_HEADER_LIST_SIZE,
        MAX_HEAD);
    ctx.read();
  }

  /// Who waited for the connection has it now: others may come.
  void opened() {
    if (open == 0) {
      watch.idle();
    }
    if (available() > 0) {
      list();
    }
  }

  /// What goes out.
  OriginOutput output() {
    return out;
  }

  // --- its place among the endpoint's connections

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public boolean usable() {
    return !closed
        && !leaving
        && channel.isActive()
        && available() > 0
        && endpoint.pool().config().protocol() == PoolConfig.Protocol.HTTP2
        && approach.equals(endpoint.pool().approach());
  }

  /// How many more requests it takes.
  int available() {
    return Math.min(MAX_STREAMS, peerStreams) - open;
  }

  /// Whether the origin has said that it takes WebSockets.
  boolean takesWebSockets() {
    return webSockets;
  }

  /// Heads to use for a moment.
  HeadPool heads() {
    return loop.heads();
  }

  /// A stream for one request.
  Http2OriginStream open() {
    open++;
    if (available() <= 0) {
      unlist();
    }
    Http2OriginStream spare = spares.pollFirst();
    return spare == null ? new Http2OriginStream(this) : spare.renewed();
  }

  private void list() {
    if (!listed && !leaving && !closed) {
      listed = true;
      home.put(this);
    }
  }

  private void unlist() {
    if (listed) {
      listed = false;
      home.remove(this);
    }
  }

  /// Takes no more requests, and closes when those under way are done.
  @Override
  public void close() {
    listed = false;
    retire();
  }

  private void retire() {
    unlist();
    leaving = true;
    if (open == 0) {
      end(ErrorCode.NO_ERROR, null);
    }
  }

  /// Nobody used it for as long as the pool keeps connections.
  void unused() {
    retire();
  }

  /// How long the pool keeps an unused connection, in nanoseconds.
  long keepAlive() {
    return endpoint.pool().config().timeouts().keepAlive().toNanos();
  }

  // --- streams

  /// A request goes out: the stream's identifier.
  int start(Http2OriginStream stream) {
    int id = nextId;
    nextId += 2;
    streams.put(id, stream);
    stream.sending().start(peerWindow);
    watch.used();
    if (nextId > LAST_STREAM) {
      unlist();
      leaving = true;
    }
    return id;
  }

  /// The stream is done with, whatever became of it.
  void ended(Http2OriginStream stream) {
    if (stream.id() != 0) {
      streams.remove(stream.id());
    }
    if (!stream.queued) {
      done.add(stream);
    }
    open--;
    if (closed) {
      return;
    }
    if (leaving) {
      retire();
    } else {
      if (available() > 0) {
        list();
      }
      if (open == 0) {
        watch.idle();
      }
    }
  }

  /// Data of a request went out, which deserves a few frames.
  void moved(int bytes) {
    earn(bytes);
  }

  /// A stream got something that its exchange is to pass on when no more comes.
  void touch(Http2OriginStream stream) {
    if (!stream.touched) {
      stream.touched = true;
      touched.add(stream);
    }
  }

  // --- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    watch.received(loop.tick());
    in.add((ByteBuf) message, ctx.alloc());
    ByteBuf bytes = in.peek();
    if (bytes != null) {
      reader.read(bytes);
      in.trim();
      in.compact(ctx.alloc());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).flushed();
    }
    touched.clear();
    recycle();
    if (!closed) {
      out.flush();
      ctx.read();
    }
  }

  /// Nothing is on the way back into a stream now.
  private void recycle() {
    for (int i = 0; i < done.size() && spares.size() < MAX_STREAMS; i++) {
      spares.addFirst(done.get(i));
    }
    done.clear();
  }

  @Override
  public boolean reading() {
    return !closed;
  }

  /// The stream that a frame is about; null when it is over, or the frame breaks the protocol.
  private @Nullable Http2OriginStream find(int id) {
    Http2OriginStream stream = streams.get(id);
    if (stream == null) {
      if ((id & 1) == 0 || id >= nextId) {
        connectionError(ErrorCode.PROTOCOL_ERROR, "a frame on a stream that was never opened");
      } else {
        waste();
      }
    }
    return stream;
  }

  /// Traffic was moved, which deserves a few frames: windows are widened, pings measure.
  private void earn(int bytes) {
    budget.earn(EARNED + bytes / BYTES_EARNED);
  }

  /// A frame came that moves nothing.
  private void waste() {
    if (!budget.use(loop.now())) {
      connectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many frames that move nothing");
    }
  }

  @Override
  public void blockBegins() {
    waste();
  }

  @Override
  public void headers(int id, byte[] block, int length, boolean end) {
    if (first()) {
      return;
    }
    Http2OriginStream stream = find(id);
    if (closed) {
      return;
    }
    if (stream == null || stream.headReceived()) {
      Trailers head = trailers;
      head.clear();
      int result = decode(head, block, length);
      if (result != HpackDecoder.INVALID && stream != null) {
        trailers(stream, head, result, end);
      }
    } else {
      ResponseHead head = loop.heads().response();
      int result = decode(head, block, length);
      if (result != HpackDecoder.INVALID) {
        earn(length);
        watch.progress();
        head(stream, head, result, end);
      }
      loop.heads().release(head);
    }
  }

  private int decode(MessageHead head, byte[] block, int length) {
    fields.begin();
    int result = decoder.decode(block, 0, length, head, MAX_HEAD, MAX_FIELDS);
    if (result == HpackDecoder.INVALID) {
      connectionError(ErrorCode.COMPRESSION_ERROR, "a header block is not compressed validly");
    }
    return result;
  }

  private void head(Http2OriginStream stream, ResponseHead head, int result, boolean end) {
    Refusal problem = result == HpackDecoder.TOO_LARGE ? Refusal.HEAD_SIZE : fields.end(head);
    if (problem != null) {
      stream.refuse(Failure.BAD_RESPONSE, problem);
    } else {
      stream.head(head, fields.length(), end);
    }
  }

  private void trailers(Http2OriginStream stream, Trailers head, int result, boolean end) {
    Refusal problem = result == HpackDecoder.TOO_LARGE ? Refusal.TRAILERS : fields.end(head);
    if (problem != null || !end || stream.remoteEnded()) {
      stream.refuse(Failure.BAD_RESPONSE_BODY, problem == null ? Refusal.TRAILERS : problem);
    } else {
      TrailerRules.apply(head);
      stream.trailers(head);
    }
  }

  @Override
  public void dataStarts(int id, int length, int padding, boolean end) {
    if (first()) {
      return;
    }
    unacknowledged += length;
    if (unacknowledged > CONNECTION_WINDOW) {
      connectionError(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows");
      return;
    }
    Http2OriginStream stream = find(id);
    if (closed) {
      return;
    }
    if (length - padding > 0) {
      earn(length);
      watch.progress();
    } else if (!end) {
      waste();
    }
    if (stream != null && !stream.announced(length, padding)) {
      connectionError(ErrorCode.FLOW_CONTROL_ERROR, "more data than the stream's window allows");
    } else if (unacknowledged >= CONNECTION_WINDOW / 2 && !closed) {
      out.widen(0, unacknowledged);
      unacknowledged = 0;
    }
  }

  @Override
  public void data(int id, ByteBuf bytes, int length, boolean end) {
    Http2OriginStream stream = streams.get(id);
    if (stream == null) {
      return;
    }
    if (!stream.headReceived() || stream.remoteEnded()) {
      stream.violated(ErrorCode.PROTOCOL_ERROR);
      return;
    }
    stream.data(bytes.readRetainedSlice(length), end);
  }

  @Override
  public void priority(int stream) {
    waste();
  }

  @Override
  public void reset(int id, int code) {
    Http2OriginStream stream = find(id);
    if (stream == null) {
      return;
    }
    if (code == ErrorCode.REFUSED_STREAM.ordinal()) {
      stream.unprocessed(false);
    } else {
      stream.failed(Failure.ORIGIN_RESET);
    }
  }

  /// Whether anything but SETTINGS came first, which ends the connection.
  private boolean first() {
    if (!settled) {
      connectionError(ErrorCode.PROTOCOL_ERROR, "a connection starts with SETTINGS");
    }
    return !settled;
  }

  @Override
  public void setting(int id, int value) {
    settled = true;
    switch (id) {
      case Frames.MAX_CONCURRENT_STREAMS -> peerStreams = value < 0 ? Integer.MAX_VALUE : value;
      case Frames.INITIAL_WINDOW_SIZE -> {
        int by = value - peerWindow;
        peerWindow = value;
        for (Http2OriginStream stream : streams.values()) {
          if (!stream.sending().widen(by)) {
            connectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window is larger than 2^31-1");
            return;
          }
        }
      }
      case Frames.ENABLE_CONNECT_PROTOCOL -> webSockets = value == 1;
      case Frames.ENABLE_PUSH -> {
        if (value != 0) {
          connectionError(ErrorCode.PROTOCOL_ERROR, "a server enables push");
        }
      }
      default -> {}
    }
  }

  @Override
  public void settingsEnd() {
    settled = true;
    if (closed) {
      return;
    }
    waste();
    if (closed) {
      return;
    }
    out.acknowledge();
    if (available() <= 0) {
      unlist();
    } else {
      list();
    }
    for (Http2OriginStream stream : streams.values().toArray(new Http2OriginStream[0])) {
      wider(stream);
    }
  }

  private void wider(Http2OriginStream stream) {
    if (stream.waits()) {
      out.send(stream);
      stream.writableAgain();
    }
  }

  @Override
  public void settingsAck() {
    waste();
  }

  @Override
  public void ping(long data, boolean ack) {
    if (first()) {
      return;
    }
    if (ack) {
      watch.answered();
    }
    waste();
    if (!ack && !closed) {
      out.ping(data, true);
    }
  }

  /// Asks whether the peer is still there.
  void ping() {
    out.ping(0, false);
  }

  @Override
  public void goAway(int lastStream, int code) {
    unlist();
    leaving = true;
    for (Http2OriginStream stream : all()) {
      if (stream.id() > lastStream) {
        stream.unprocessed(true);
      }
    }
    if (open == 0) {
      end(ErrorCode.NO_ERROR, null);
    } else {
      waste();
    }
  }

  @Override
  public void windowUpdate(int id, int increment) {
    if (first()) {
      return;
    }
    if (id == 0) {
      waste();
      if (!out.widened(increment)) {
        connectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window is larger than 2^31-1");
      }
      return;
    }
    Http2OriginStream stream = find(id);
    if (stream == null) {
      return;
    }
    waste();
    if (!stream.sending().widen(increment)) {
      streamError(id, ErrorCode.FLOW_CONTROL_ERROR);
    } else {
      wider(stream);
    }
  }

  @Override
  public void ignored(int type) {
    if (!first()) {
      waste();
    }
  }

  @Override
  public void streamError(int id, ErrorCode code) {
    Http2OriginStream stream = find(id);
    if (stream != null) {
      stream.violated(code);
    }
  }

  // --- the end of the connection

  @Override
  public void connectionError(ErrorCode code, String text) {
    if (closed) {
      return;
    }
    end(code, text);
    for (Http2OriginStream stream : all()) {
      stream.broken(Refusal.FRAMES);
    }
  }

  private Http2OriginStream[] all() {
    return streams.values().toArray(new Http2OriginStream[0]);
  }

  /// Says goodbye and closes.
  private void end(ErrorCode code, @Nullable String text) {
    if (closed) {
      return;
    }
    out.goAway(code, text);
    leave();
    channel.close();
  }

  private void leave() {
    unlist();
    closed = true;
    leaving = true;
    watch.stop();
    out.stop();
    touched.clear();
  }

  /// The peer does not answer any more.
  void dead() {
    leave();
    channel.close();
    for (Http2OriginStream stream : all()) {
      stream.failed(Failure.ORIGIN_CLOSED);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Closing.inputEnded(channel, event)) {
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.tick();
    leave();
    for (Http2OriginStream stream : all()) {
      stream.failed(Failure.ORIGIN_CLOSED);
    }
    in.release();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    channel.close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!channel.isWritable()) {
      return;
    }
    for (Http2OriginStream stream : all()) {
      stream.writableAgain();
    }
  }
}
