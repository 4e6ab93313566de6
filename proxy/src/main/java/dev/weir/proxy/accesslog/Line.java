package dev.weir.proxy.accesslog;

/// The bytes of one log line while it is being formatted. Reused; makes no garbage. Thread: one
/// loop.
final class Line {
  /// More than the sum of what the formats may append, each part cut to its own limit.
  private static final int CAPACITY = 24 * 1024;

  private static final int MAX_NAME = 512;
  private static final int MAX_DIGITS = 19;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };

  private final byte[] bytes = new byte[CAPACITY];
  private int length;

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  Line clear() {
    length = 0;
    return this;
  }

  Line put(char c) {
    bytes[length++] = (byte) c;
    return this;
  }

  Line put(byte[] text) {
    System.arraycopy(text, 0, bytes, length, text.length);
    length += text.length;
    return this;
  }

  /// Appends ASCII text of our own as it is.
  @SuppressWarnings("deprecation") // the only way to copy ASCII out of a String without an array
  Line put(String text) {
    int size = Math.min(text.length(), MAX_NAME);
    text.getBytes(0, size, bytes, length);
    length += size;
    return this;
  }

  /// Appends 16 lower-case hexadecimal digits.
  Line hex(long value) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      put(Character.forDigit((int) (value >>> shift) & 15, 16));
    }
    return this;
  }

  Line number(long value) {
    if (value >= 0 && value < 10) {
      bytes[length++] = (byte) ('0' + value);
      return this;
    }
    return longNumber(value);
  }

  private Line longNumber(long value) {
    if (value < 0) {
      put('-');
    }
    long rest = Math.abs(value);
    int size = 1;
    for (long power = 10; power <= rest && size < MAX_DIGITS; power *= 10) {
      size++;
    }
    int at = length + size;
    length = at;
    do {
      bytes[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    return this;
  }

  /// Appends bytes as HAProxy does: control characters, anything beyond ASCII, `#` and `"` as
  /// `#XX`.
  Line escaped(byte[] from, int start, int end, int limit) {
    byte[] to = bytes;
    int at = length;
    int stop = Math.min(end, start + limit);
    for (int i = start; i < stop; i++) {
      byte b = from[i];
      if (b < 32 || b == 127 || b == '#' || b == '"') {
        to[at++] = '#';
        to[at++] = HEX[b >> 4 & 15];
        to[at++] = HEX[b & 15];
      } else {
        to[at++] = b;
      }
    }
    length = at;
    return this;
  }

  /// Appends bytes as the inside of a JSON string; every byte beyond ASCII as the Latin-1
  /// character.
  Line json(byte[] from, int start, int end, int limit) {
    byte[] to = bytes;
    int at = length;
    int stop = Math.min(end, start + limit);
    for (int i = start; i < stop; i++) {
      byte b = from[i];
      if (b < 32 || b == 127 || b == '"' || b == '\\') {
        length = at;
        json(b & 0xff);
        at = length;
      } else {
        to[at++] = b;
      }
    }
    length = at;
    return this;
  }

  /// Appends text as the inside of a JSON string.
  Line json(String text) {
    int end = Math.min(text.length(), MAX_NAME);
    for (int i = 0; i < end; i++) {
      json(text.charAt(i));
    }
    return this;
  }

  private void json(int c) {
    if (c == '"' || c == '\\') {
      put('\\').put((char) c);
    } else if (c < 32 || c > 126) {
      put('\\').put('u').hex(c >> 8).hex(c & 0xff);
    } else {
      bytes[length++] = (byte) c;
    }
  }

  private Line hex(int b) {
    bytes[length++] = HEX[b >> 4 & 15];
    bytes[length++] = HEX[b & 15];
    return this;
  }
}
