package dev.weir.proxy.http1;

import dev.weir.proxy.message.MessageHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// What one side of a connection is about to send: heads and small bodies share a buffer and so a
/// system call, everything else is passed on as it is. Thread: the connection's loop.
final class Outbox {
  private static final int SMALL_BODY = 4096;

  private final Channel channel;
  private @Nullable ByteBuf buffer;
  private boolean chunked;

  Outbox(Channel channel) {
    this.channel = channel;
  }

  /// Says how the next body is framed.
  void chunked(boolean chunks) {
    chunked = chunks;
  }

  /// A buffer to append a head to.
  ///
  /// @param size how many bytes it must take at least
  ByteBuf buffer(int size) {
    ByteBuf now = buffer;
    if (now == null) {
      now = channel.alloc().directBuffer(size + SMALL_BODY);
      buffer = now;
    }
    return now;
  }

  /// Appends a part of a body. Takes ownership.
  ///
  /// @return how many bytes will be sent for it
  long body(ChannelHandlerContext ctx, ByteBuf data) {
    ByteBuf now = buffer;
    int size = data.readableBytes();
    if (!chunked && now != null && size <= SMALL_BODY) {
      now.writeBytes(data);
      data.release();
      return size;
    }
    write(ctx);
    if (chunked) {
      return ChunkWriter.data(ctx, data);
    }
    ctx.write(data, ctx.voidPromise());
    return size;
  }

  /// Ends a body.
  ///
  /// @return how many bytes will be sent for it
  long end(ChannelHandlerContext ctx, @Nullable MessageHead trailers) {
    if (!chunked) {
      return 0;
    }
    chunked = false;
    write(ctx);
    ByteBuf end = ChunkWriter.end(ctx.alloc(), trailers);
    long size = end.readableBytes();
    ctx.write(end, ctx.voidPromise());
    return size;
  }

  /// Sends everything.
  void flush(ChannelHandlerContext ctx) {
    write(ctx);
    ctx.flush();
  }

  private void write(ChannelHandlerContext ctx) {
    ByteBuf now = buffer;
    if (now != null) {
      buffer = null;
      ctx.write(now, ctx.voidPromise());
    }
  }

  /// Forgets what was not sent.
  void release() {
    ReferenceCountUtil.release(buffer);
    buffer = null;
  }
}
