package dev.weir.proxy.http2;

import dev.weir.proxy.net.DirectWrites;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Frames that a connection is about to send: heads, control frames and small data share a buffer
/// and so a system call, large data is passed on as it is. Thread: the connection's loop.
final class FrameOutbox {
  private static final int SMALL_DATA = 4096;
  private static final int SIZE = 8 * 1024;

  private final Channel channel;
  private final @Nullable DirectWrites socket;
  private @Nullable ByteBuf buffer;

  /// Whether the channel holds frames that nobody flushed: what comes behind them must wait.
  private boolean held;

  /// Where the last DATA frame stands in the buffer; -1 when it is not there any more.
  private int lastData = -1;

  private int lastStream;

  /// @param direct whether bytes go out as they are written: no handler changes them
  FrameOutbox(Channel channel, boolean direct) {
    this.channel = channel;
    this.socket = direct ? new DirectWrites(channel) : null;
  }

  /// A buffer to append frames to.
  ///
  /// @param size how many bytes it must take at least
  ByteBuf buffer(ChannelHandlerContext ctx, int size) {
    ByteBuf now = buffer;
    if (now != null && now.writableBytes() < size) {
      queue(ctx);
      now = null;
    }
    if (now == null) {
      now = channel.alloc().directBuffer(Math.max(size, SIZE));
      buffer = now;
    }
    return now;
  }

  /// Appends a DATA frame. Takes ownership.
  ///
  /// @param data the payload, all of it
  void data(ChannelHandlerContext ctx, int stream, ByteBuf data, boolean end) {
    int length = data.readableBytes();
    int flags = end ? Frames.END_STREAM : 0;
    if (length > SMALL_DATA) {
      Frames.header(buffer(ctx, Frames.HEADER), length, Frames.DATA, flags, stream);
      queue(ctx);
      ctx.write(data, ctx.voidPromise());
      return;
    }
    ByteBuf out = buffer(ctx, Frames.HEADER + length);
    lastData = out.writerIndex();
    lastStream = stream;
    Frames.header(out, length, Frames.DATA, flags, stream);
    out.writeBytes(data);
    data.release();
  }

  /// Lets the last DATA frame end its stream, when it is this one's and still here.
  ///
  /// @return false when a frame of its own must
  boolean endWithLast(int stream) {
    ByteBuf now = buffer;
    if (now == null || lastData < 0 || lastStream != stream) {
      return false;
    }
    now.setByte(lastData + Frames.FLAGS, Frames.END_STREAM);
    return true;
  }

  /// Whether [#flush] has anything to send besides what the channel holds.
  boolean isEmpty() {
    return buffer == null;
  }

  /// Bytes that no [#flush] took yet.
  int size() {
    ByteBuf now = buffer;
    return now == null ? 0 : now.readableBytes();
  }

  /// Sends everything.
  void flush(ChannelHandlerContext ctx) {
    ByteBuf now = buffer;
    if (now != null && socket != null && !held) {
      socket.send(now);
      if (!now.isReadable()) {
        release();
        return;
      }
    }
    queue(ctx);
    if (held) {
      held = false;
      ctx.flush();
    }
  }

  /// Puts the buffer into the channel's queue, behind what is there.
  private void queue(ChannelHandlerContext ctx) {
    ByteBuf now = buffer;
    if (now != null) {
      buffer = null;
      lastData = -1;
      held = true;
      ctx.write(now, ctx.voidPromise());
    }
  }

  /// Forgets what was not sent.
  void release() {
    ByteBuf now = buffer;
    buffer = null;
    lastData = -1;
    if (now != null) {
      now.release();
    }
  }
}
