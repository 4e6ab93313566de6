package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.MessageHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Frames a body as chunks (RFC 9112 section 7.1). Stateless.
final class ChunkWriter {
  private static final ByteBuf CRLF =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(Ascii.bytes("\r\n")))
          .asReadOnly();
  private static final byte[] END = Ascii.bytes("0\r\n");
  private static final byte[] LAST = Ascii.bytes("\r\n");

  private ChunkWriter() {}

  /// Writes one chunk. Takes ownership of the data, which is not empty.
  ///
  /// @return how many bytes that is, framing included
  static int data(ChannelHandlerContext ctx, ByteBuf data) {
    int length = data.readableBytes();
    ByteBuf size = size(ctx.alloc(), length);
    int bytes = size.readableBytes() + length + 2;
    ctx.write(size, ctx.voidPromise());
    ctx.write(data, ctx.voidPromise());
    ctx.write(CRLF.duplicate(), ctx.voidPromise());
    return bytes;
  }

  private static ByteBuf size(ByteBufAllocator allocator, int length) {
    ByteBuf out = allocator.directBuffer(10);
    int digits = Math.max(1, (35 - Integer.numberOfLeadingZeros(length)) / 4);
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      out.writeByte(Character.forDigit(length >> shift & 15, 16));
    }
    return out.writeBytes(LAST);
  }

  /// The last chunk and the trailers.
  static ByteBuf end(ByteBufAllocator allocator, @Nullable MessageHead trailers) {
    ByteBuf out = allocator.directBuffer(16 + (trailers == null ? 0 : trailers.length()));
    out.writeBytes(END);
    if (trailers != null) {
      HeadWriter.fields(trailers, out);
    }
    return out.writeBytes(LAST);
  }
}
