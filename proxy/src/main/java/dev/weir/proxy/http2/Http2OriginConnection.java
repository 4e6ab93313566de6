package dev.weir.proxy.http2;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.HeadPool;
import dev.weir.proxy.message.Refusal;
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
final class Http2OriginConnection extends ChannelInboundHandlerAdapter implements IdleConnection {
  /// Requests at once on one connection, if the peer allows as many.
  static final int MAX_STREAMS = 100;

  /// Bytes of a response that may be on their way, or wait for the client, for each stream.
  static final int STREAM_WINDOW = 256 * 1024;

  /// Bytes of all responses that may be on their way; given back at once, so that a slow client
  /// holds up no other.
  static final int CONNECTION_WINDOW = 1 << 20;

  private static final int LAST_STREAM = Integer.MAX_VALUE - 2;

  private final Channel channel;
  private final Endpoint endpoint;
  private final Approach approach;
  private final IdleConnections home;
  private final Loop loop;
  private final Inbox in;
  private final OriginOutput out;
  private final OriginWatch watch;
  private final OriginFrames frames;
  private final FrameReader reader;
  private final IntObjectHashMap<Http2OriginStream> streams = new IntObjectHashMap<>();
  private final List<Http2OriginStream> touched = new ArrayList<>();

  /// Streams that are over, but may be called once more by what ended them; then they are spares.
  private final List<Http2OriginStream> done = new ArrayList<>();

  private final ArrayDeque<Http2OriginStream> spares = new ArrayDeque<>();

  private int open;
  private int nextId = 1;
  private int peerStreams = MAX_STREAMS;
  private int peerWindow = Window.DEFAULT;
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
    this.watch = new OriginWatch(this, loop, patience);
    this.frames = new OriginFrames(this, out, watch, loop);
    this.reader = new FrameReader(frames, OriginFrames.MAX_HEAD);
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
        OriginFrames.MAX_HEAD);
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
    frames.earn(bytes);
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

  // --- what frames say

  /// The stream of that identifier; null when it is over or was never there.
  @Nullable Http2OriginStream stream(int id) {
    return streams.get(id);
  }

  /// Whether a stream of that identifier was ever opened.
  boolean knows(int id) {
    return (id & 1) == 1 && id < nextId;
  }

  /// How many requests the peer takes at once.
  void peerStreams(int most) {
    peerStreams = most;
  }

  /// The peer's window for each stream, open ones included. False when one gets too large.
  boolean peerWindow(int size) {
    int by = size - peerWindow;
    peerWindow = size;
    for (Http2OriginStream stream : streams.values()) {
      if (!stream.sending().widen(by)) {
        return false;
      }
    }
    return true;
  }

  /// Whether the peer takes WebSockets.
  void webSockets(boolean taken) {
    webSockets = taken;
  }

  /// The peer's settings were told.
  void settled() {
    if (available() <= 0) {
      unlist();
    } else {
      list();
    }
    for (Http2OriginStream stream : all()) {
      wider(stream);
    }
  }

  /// The stream's window is wider.
  void wider(Http2OriginStream stream) {
    if (stream.waits()) {
      out.send(stream);
      stream.writableAgain();
    }
  }

  /// The peer takes no more requests, and none of those behind the last.
  void leaves(int lastStream) {
    unlist();
    leaving = true;
    for (Http2OriginStream stream : all()) {
      if (stream.id() > lastStream) {
        stream.unprocessed(true);
      }
    }
    if (open == 0) {
      end(ErrorCode.NO_ERROR, null);
    }
  }

  /// Asks whether the peer is still there.
  void ping() {
    out.ping(0, false);
  }

  // --- the end of the connection

  /// Whether nothing more is read or sent.
  boolean closed() {
    return closed;
  }

  /// The peer broke the protocol.
  void fail(ErrorCode code, String text) {
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
