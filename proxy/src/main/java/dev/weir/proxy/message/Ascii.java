package dev.weir.proxy.message;

import java.nio.charset.StandardCharsets;

/// Character classes and comparisons of HTTP over bytes (RFC 9110 section 5.6), without Strings.
public final class Ascii {
  private static final boolean[] TOKEN = new boolean[256];
  private static final boolean[] VALUE = new boolean[256];
  private static final boolean[] TARGET = new boolean[256];
  private static final boolean[] AUTHORITY = new boolean[256];

  static {
    for (int c = 0x21; c < 0x7f; c++) {
      TOKEN[c] = "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0;
      TARGET[c] = c != '#';
      AUTHORITY[c] = Character.isLetterOrDigit(c) || "-._~!$&'()*+;=%[]:".indexOf(c) >= 0;
    }
    for (int c = 0x20; c < 256; c++) {
      VALUE[c] = c != 0x7f;
    }
    VALUE['\t'] = true;
  }

  private Ascii() {}

  /// Whether the byte may stand in a token: a method or a field name.
  public static boolean isToken(byte b) {
    return TOKEN[b & 0xff];
  }

  /// Whether the byte may stand in a field value: visible, space, tab or beyond ASCII.
  public static boolean isValue(byte b) {
    return VALUE[b & 0xff];
  }

  /// Whether the byte may stand in a request target: visible ASCII but no fragment.
  public static boolean isTarget(byte b) {
    return TARGET[b & 0xff];
  }

  /// Whether the byte may stand in a host with port: no user information, no list, no space.
  public static boolean isAuthority(byte b) {
    return AUTHORITY[b & 0xff];
  }

  /// The lower case of an ASCII letter, anything else as it is.
  public static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }

  /// Whether `bytes[start, end)` is the lower-case word, whatever its own case.
  public static boolean equalsIgnoreCase(byte[] bytes, int start, int end, byte[] lowerCase) {
    if (end - start != lowerCase.length) {
      return false;
    }
    for (int i = 0; i < lowerCase.length; i++) {
      if (lower(bytes[start + i]) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }

  /// Whether two ranges are equal, whatever their case.
  public static boolean equalsIgnoreCase(byte[] a, int start, int end, byte[] b, int from, int to) {
    if (end - start != to - from) {
      return false;
    }
    for (int i = 0; i < end - start; i++) {
      if (lower(a[start + i]) != lower(b[from + i])) {
        return false;
      }
    }
    return true;
  }

  /// Whether `bytes[start, end)` is exactly the word.
  public static boolean equals(byte[] bytes, int start, int end, byte[] word) {
    return java.util.Arrays.equals(bytes, start, end, word, 0, word.length);
  }

  /// The ASCII bytes of a word.
  public static byte[] bytes(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }
}
