package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import io.netty.buffer.ByteBuf;

/// The first bytes of a client that speaks HTTP/2 without having asked (RFC 9113 section 3.3): no
/// request of HTTP/1 begins like that. Pure.
public final class Preface {
  private static final byte[] BYTES = Ascii.bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

  /// How many they are.
  public static final int LENGTH = BYTES.length;

  private Preface() {}

  /// Appends all of it.
  public static void write(ByteBuf out) {
    out.writeBytes(BYTES);
  }

  /// Whether the bytes are the first ones of the preface, or begin with all of it.
  public static boolean begins(ByteBuf bytes) {
    int from = bytes.readerIndex();
    int size = Math.min(bytes.readableBytes(), LENGTH);
    for (int i = 0; i < size; i++) {
      if (bytes.getByte(from + i) != BYTES[i]) {
        return false;
      }
    }
    return true;
  }
}
