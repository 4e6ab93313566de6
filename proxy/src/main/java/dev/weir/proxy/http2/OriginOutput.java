package dev.weir.proxy.http2;

import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.http1.Preface;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What goes out on a connection to an endpoint: frames of all its streams, as the connection's
/// window allows. Nothing goes out any more once it is stopped. Thread: the connection's loop.
final class OriginOutput {
  private static final int SMALL_FRAME = 32;

  private final Channel channel;
  private final Loop loop;
  private final FrameOutbox out;
  private final RequestWriter writer;
  private final Window window = new Window();
  private final ArrayDeque<Http2OriginStream> queue = new ArrayDeque<>();
  private final Runnable flush = this::flushNow;
  private @Nullable ChannelHandlerContext context;
  private boolean flushing;

  /// @param secure whether the connection is encrypted
  OriginOutput(Channel channel, Endpoint endpoint, Loop loop, boolean secure) {
    this.channel = channel;
    this.loop = loop;
    this.out = new FrameOutbox(channel, !secure);
    this.writer = new RequestWriter(endpoint, secure);
    window.start(Window.DEFAULT);
  }

  /// Says hello (RFC 9113 section 3.4).
  ///
  /// @param connectionWindow how many bytes of all streams may be on their way
  /// @param settings as pairs of identifier and value
  void start(ChannelHandlerContext ctx, int connectionWindow, int... settings) {
    context = ctx;
    ByteBuf buffer = out.buffer(ctx, 4 * SMALL_FRAME);
    Preface.write(buffer);
    Frames.settings(buffer, settings);
    Frames.windowUpdate(buffer, 0, connectionWindow - Window.DEFAULT);
    flushSoon();
  }

  /// Nothing is sent any more.
  void stop() {
    context = null;
    out.release();
    queue.clear();
  }

  /// A request's head.
  void head(
      Http2OriginStream stream, RequestHead head, Forwarding how, Exchange owner, boolean end) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      HpackEncoder block = writer.write(head, how, owner, stream.id() == 1);
      int size = block.length() + Frames.HEADER * (2 + block.length() / Frames.MAX_SIZE);
      Frames.headers(out.buffer(ctx, size), stream.id(), block, end, Frames.MAX_SIZE);
    }
  }

  /// The header block of trailers, to keep until the body before them is gone.
  byte[] encode(MessageHead trailers) {
    return writer.trailers(trailers);
  }

  /// Trailers, which end the stream.
  void trailers(Http2OriginStream stream, byte[] block) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      ByteBuf buffer = out.buffer(ctx, block.length + Frames.HEADER);
      int flags = Frames.END_HEADERS | Frames.END_STREAM;
      Frames.header(buffer, block.length, Frames.HEADERS, flags, stream.id());
      buffer.writeBytes(block);
    }
  }

  /// A part of a request's body that the windows allow. Takes ownership.
  void data(Http2OriginStream stream, ByteBuf data, boolean end) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      data.release();
    } else {
      window.take(data.readableBytes());
      out.data(ctx, stream.id(), data, end);
    }
  }

  /// Ends a stream behind the data that went out.
  void end(Http2OriginStream stream) {
    ChannelHandlerContext ctx = context;
    if (ctx != null && !out.endWithLast(stream.id())) {
      out.data(ctx, stream.id(), Unpooled.EMPTY_BUFFER, true);
    }
  }

  /// Lets the origin send more, on a stream or for 0 on the connection.
  void widen(int stream, int increment) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      Frames.windowUpdate(out.buffer(ctx, SMALL_FRAME), stream, increment);
      flushSoon();
    }
  }

  /// Gives a stream up.
  void reset(Http2OriginStream stream, ErrorCode code) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      Frames.reset(out.buffer(ctx, SMALL_FRAME), stream.id(), code);
      flushSoon();
    }
  }

  /// Takes the origin's settings.
  void acknowledge() {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      Frames.settingsAck(out.buffer(ctx, SMALL_FRAME));
    }
  }

  /// Asks or answers whether somebody is there.
  void ping(long data, boolean ack) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      Frames.ping(out.buffer(ctx, SMALL_FRAME), data, ack);
      flushSoon();
    }
  }

  /// Says goodbye.
  void goAway(ErrorCode code, @Nullable String text) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      Frames.goAway(out.buffer(ctx, 4 * SMALL_FRAME), 0, code, text);
      out.flush(ctx);
    }
  }

  // --- as the windows allow

  /// The connection's window is wider.
  ///
  /// @return false when it would be wider than 2^31-1
  boolean widened(int by) {
    boolean valid = window.widen(by);
    while (valid && window.left() > 0) {
      Http2OriginStream stream = queue.pollFirst();
      if (stream == null) {
        break;
      }
      stream.queued = false;
      stream.sendFrame(allowed());
      if (stream.waits() && stream.sending().left() > 0) {
        enqueue(stream);
      } else {
        stream.writableAgain();
      }
    }
    return valid;
  }

  /// Sends what the windows allow of a stream.
  void send(Http2OriginStream stream) {
    while (context != null && !stream.queued && stream.waits()) {
      int sent = stream.sendFrame(allowed());
      if (sent == 0 && stream.waits()) {
        if (window.left() <= 0) {
          enqueue(stream);
        }
        return;
      }
    }
  }

  private int allowed() {
    return Math.min(Frames.MAX_SIZE, window.left());
  }

  private void enqueue(Http2OriginStream stream) {
    stream.queued = true;
    queue.addLast(stream);
  }

  // --- to the socket

  /// Whether the origin's socket takes more.
  boolean writable() {
    return channel.isWritable();
  }

  /// Bytes that wait to be taken by the socket.
  long pendingBytes() {
    return Backlog.of(channel) + out.size();
  }

  /// Sends what was written when the loop has looked at all that happened: requests of many clients
  /// share a system call.
  void flushSoon() {
    if (!flushing && context != null) {
      flushing = true;
      loop.eventLoop().execute(flush);
    }
  }

  private void flushNow() {
    flushing = false;
    flush();
  }

  /// Sends what was written.
  void flush() {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      out.flush(ctx);
    }
  }
}
