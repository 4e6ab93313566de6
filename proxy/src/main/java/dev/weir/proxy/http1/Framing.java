package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.MessageHead;

/// Reads the two fields that frame a body (RFC 9112 section 6), strictly. Pure.
final class Framing {
  private static final byte[] CHUNKED = Ascii.bytes("chunked");

  private Framing() {}

  /// What a Transfer-Encoding says.
  enum Coding {
    /// Exactly `chunked`.
    CHUNKED,
    /// Other codings, and `chunked` once and last.
    OTHER_THEN_CHUNKED,
    /// Anything else: the body's end cannot be known.
    INVALID
  }

  /// Has the length written anew unless it is spelled as everybody does: tabs around it and zeros
  /// in front of it are valid, and yet some parsers read them otherwise.
  static void respell(MessageHead head, int field, long length) {
    byte[] bytes = head.bytes();
    int start = head.valueStart(field);
    int end = head.valueEnd(field);
    boolean plain =
        start == head.nameEnd(field) + 2
            && bytes[start - 1] == ' '
            && end + 2 == head.lineEnd(field)
            && (bytes[start] != '0' || end == start + 1);
    if (!plain) {
      head.drop(field);
      head.writeLength(length);
    }
  }

  /// What the value of a single Transfer-Encoding field says.
  static Coding coding(byte[] bytes, int start, int end) {
    if (Ascii.equalsIgnoreCase(bytes, start, end, CHUNKED)) {
      return Coding.CHUNKED;
    }
    int from = start;
    while (true) {
      int to = from;
      while (to < end && bytes[to] != ',') {
        to++;
      }
      int first = from;
      int last = to;
      while (first < last && isBlank(bytes[first])) {
        first++;
      }
      while (last > first && isBlank(bytes[last - 1])) {
        last--;
      }
      boolean chunked = Ascii.equalsIgnoreCase(bytes, first, last, CHUNKED);
      if (to == end) {
        return chunked ? Coding.OTHER_THEN_CHUNKED : Coding.INVALID;
      }
      if (chunked || !isToken(bytes, first, last)) {
        return Coding.INVALID;
      }
      from = to + 1;
    }
  }

  private static boolean isToken(byte[] bytes, int start, int end) {
    for (int i = start; i < end; i++) {
      if (!Ascii.isToken(bytes[i])) {
        return false;
      }
    }
    return end > start;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }
}
