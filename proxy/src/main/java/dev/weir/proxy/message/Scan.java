package dev.weir.proxy.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Looks for bytes in heads, eight at a time. Pure.
public final class Scan {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long TOPS = 0x8080808080808080L;
  private static final long LINE_FEEDS = ONES * '\n';
  private static final long SPACES = ONES * ' ';
  private static final long DELETES = ONES * 0x7f;

  private Scan() {}

  /// Where the first line feed of `bytes[from, to)` is, or -1.
  public static int lineFeed(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long word = (long) LONGS.get(bytes, i) ^ LINE_FEEDS;
      long found = (word - ONES) & ~word & TOPS;
      if (found != 0) {
        return i + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    for (; i < to; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /// Whether all of `bytes[from, to)` may stand in a field value: see [Ascii#isValue].
  public static boolean isValue(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long word = (long) LONGS.get(bytes, i);
      long delete = word ^ DELETES;
      long suspect = ((word - SPACES) & ~word | (delete - ONES) & ~delete) & TOPS;
      if (suspect != 0 && !eachIsValue(bytes, i, i + Long.BYTES)) {
        return false;
      }
    }
    return eachIsValue(bytes, i, to);
  }

  private static boolean eachIsValue(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!Ascii.isValue(bytes[i])) {
        return false;
      }
    }
    return true;
  }
}
