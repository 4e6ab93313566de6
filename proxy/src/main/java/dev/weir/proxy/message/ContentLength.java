package dev.weir.proxy.message;

/// The value of a Content-Length field (RFC 9110, 8.6).
public final class ContentLength {
  private static final int MAX_DIGITS = 18;

  private ContentLength() {}

  /// Digits only, at most 18 of them; -1 for anything else.
  public static long parse(byte[] bytes, int start, int end) {
    if (start == end || end - start > MAX_DIGITS) {
      return -1;
    }
    long value = 0;
    for (int i = start; i < end; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
