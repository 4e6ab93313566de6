package dev.weir.proxy.accesslog;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// The bytes of one log line while it is being formatted. Reused; makes no garbage for IPv4
/// clients. Thread: one loop.
final class Line {
  /// More than the sum of what the formats may append, each part cut to its own limit.
  private static final int CAPACITY = 24 * 1024;

  private static final int MAX_NAME = 512;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
  };

  private final byte[] bytes = new byte[CAPACITY];
  private final byte[] digits = new byte[20];
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
  Line put(String text) {
    int end = Math.min(text.length(), MAX_NAME);
    for (int i = 0; i < end; i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
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
    if (value < 0) {
      put('-');
    }
    long rest = Math.abs(value);
    int at = digits.length;
    do {
      digits[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    System.arraycopy(digits, at, bytes, length, digits.length - at);
    length += digits.length - at;
    return this;
  }

  /// Appends an IP address, an IPv6 one without brackets, or `-`.
  Line ip(@Nullable InetSocketAddress address) {
    InetAddress ip = address == null ? null : address.getAddress();
    if (ip == null) {
      return put('-');
    }
    if (ip instanceof Inet4Address v4) {
      byte[] raw = v4.getAddress();
      return number(raw[0] & 0xff)
          .put('.')
          .number(raw[1] & 0xff)
          .put('.')
          .number(raw[2] & 0xff)
          .put('.')
          .number(raw[3] & 0xff);
    }
    String text = ip.getHostAddress();
    int zone = text.indexOf('%');
    return put(zone < 0 ? text : text.substring(0, zone));
  }

  /// Appends bytes as HAProxy does: control characters, anything beyond ASCII, `#` and `"` as
  /// `#XX`.
  Line escaped(byte[] from, int start, int end, int limit) {
    int stop = Math.min(end, start + limit);
    for (int i = start; i < stop; i++) {
      int b = from[i] & 0xff;
      if (b < 32 || b > 126 || b == '#' || b == '"') {
        put('#').hex(b);
      } else {
        bytes[length++] = (byte) b;
      }
    }
    return this;
  }

  /// Appends bytes as the inside of a JSON string; every byte beyond ASCII as the Latin-1
  /// character.
  Line json(byte[] from, int start, int end, int limit) {
    int stop = Math.min(end, start + limit);
    for (int i = start; i < stop; i++) {
      json(from[i] & 0xff);
    }
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
