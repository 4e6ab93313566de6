package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.MessageHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// Frames a body as chunks (RFC 9112 section 7.1). Stateless.
final class ChunkWriter {
  private static final byte[] HEX = Ascii.bytes("0123456789abcdef");
  private static final byte[] END = Ascii.bytes("0\r\n");
  private static final byte[] LAST = Ascii.bytes("\r\n");

  /// What a chunk is longer than its data, at most.
  static final int ADDED = 16;

  private ChunkWriter() {}

  /// Writes one chunk. Takes ownership of the data, which is not empty.
  ///
  /// @return how many bytes that is, framing included
  static int data(ChannelHandlerContext ctx, ByteBuf data) {
    int length = data.readableBytes();
    ByteBuf size = ctx.alloc().directBuffer(ADDED);
    size(size, length);
    int bytes = size.readableBytes() + length + 2;
    ctx.write(size, ctx.voidPromise());
    ctx.write(data, ctx.voidPromise());
    ctx.write(ctx.alloc().directBuffer(LAST.length).writeBytes(LAST), ctx.voidPromise());
    return bytes;
  }

  /// Appends one chunk to the buffer, whose room is larger by [#ADDED] than the data.
  static void append(ByteBuf out, ByteBuf data) {
    size(out, data.readableBytes());
    out.writeBytes(data).writeBytes(LAST);
  }

  private static void size(ByteBuf out, int length) {
    int digits = Math.max(1, (35 - Integer.numberOfLeadingZeros(length)) / 4);
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      out.writeByte(HEX[length >> shift & 15]);
    }
    out.writeBytes(LAST);
  }

  /// How many bytes [#end] writes at most.
  static int endSize(@Nullable MessageHead trailers) {
    return ADDED + (trailers == null ? 0 : trailers.length());
  }

  /// Appends the last chunk and the trailers.
  static void end(ByteBuf out, @Nullable MessageHead trailers) {
    out.writeBytes(END);
    if (trailers != null) {
      HeadWriter.fields(trailers, out);
    }
    out.writeBytes(LAST);
  }
}
