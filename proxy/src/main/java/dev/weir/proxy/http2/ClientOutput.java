package dev.weir.proxy.http2;

import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What goes out on a client's connection: frames, within its window for all streams together.
/// Thread: the connection's loop.
final class ClientOutput {
  private static final int MAX_FRAME = 64 * 1024;

  /// More than control frames of ours have.
  private static final int CONTROL_FRAMES = 128;

  private final Channel channel;
  private final Loop loop;
  private final FrameOutbox out;
  private final Runnable flush = this::flush;
  private final ArrayDeque<Http2ClientStream> blocked = new ArrayDeque<>();
  private final Window send = new Window();

  private @Nullable ChannelHandlerContext context;
  private int maxFrame = Frames.MAX_SIZE;
  private boolean firstBlock = true;
  private boolean flushing;

  /// @param direct whether bytes go out as they are written: no handler changes them
  ClientOutput(Channel channel, Loop loop, boolean direct) {
    this.channel = channel;
    this.loop = loop;
    this.out = new FrameOutbox(channel, direct);
    this.send.start(Window.DEFAULT);
  }

  /// The connection's handler has its place.
  void start(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /// The client's window for the connection.
  Window window() {
    return send;
  }

  /// The client takes frames of that size.
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

  /// Whether the socket takes more.
  boolean writable() {
    return channel.isWritable();
  }

  /// Bytes that the socket has not taken.
  long pendingBytes() {
    return Backlog.of(channel);
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

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not added to a channel yet");
    }
    return ctx;
  }

  private static int headersSize(HpackEncoder block) {
    return block.length() + Frames.HEADER * (1 + block.length() / Frames.MAX_SIZE);
  }

  /// Sends HEADERS.
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

  /// Sends a part of a stream's body. Takes ownership.
  void data(int stream, ByteBuf data, boolean end) {
    send.take(data.readableBytes());
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

  /// Sends SETTINGS.
  ///
  /// @param pairs identifiers and values
  void settings(int... pairs) {
    Frames.settings(frames(CONTROL_FRAMES), pairs);
  }

  /// Lets the client send more, on a stream or with 0 on the connection.
  void windowUpdate(int stream, int increment) {
    Frames.windowUpdate(frames(CONTROL_FRAMES), stream, increment);
    flushSoon();
  }

  /// Sends RST_STREAM, if anybody is there.
  void reset(int stream, ErrorCode code) {
    if (channel.isActive()) {
      Frames.reset(frames(CONTROL_FRAMES), stream, code);
      flushSoon();
    }
  }

  /// Says that the client's SETTINGS were taken.
  void acknowledgeSettings() {
    Frames.settingsAck(frames(CONTROL_FRAMES));
  }

  /// Asks whether the client is there, or answers.
  void ping(long data, boolean ack) {
    Frames.ping(frames(CONTROL_FRAMES), data, ack);
  }

  /// Says that no streams behind the last are taken, and why.
  void goAway(int last, ErrorCode code, @Nullable String text) {
    Frames.goAway(frames(CONTROL_FRAMES), last, code, text);
  }

  /// Sends what is there when the loop is through with its events.
  void flushSoon() {
    if (!flushing) {
      flushing = true;
      loop.eventLoop().execute(flush);
    }
  }

  /// Sends what is there.
  void flush() {
    flushing = false;
    ChannelHandlerContext ctx = context;
    if (ctx != null && channel.isActive()) {
      out.flush(ctx);
    }
  }

  /// Forgets what was not sent.
  void release() {
    out.release();
  }
}
