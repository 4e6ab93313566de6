package dev.weir.proxy.http1;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;

/// Reads `Connection` and drops the fields that it names (RFC 9110 section 7.6.1).
final class ConnectionOptions {
  static final int CLOSE = 1;
  static final int KEEP_ALIVE = 2;
  static final int UPGRADE = 4;

  private static final byte[] CLOSE_WORD = Ascii.bytes("close");
  private static final byte[] KEEP_ALIVE_WORD = Ascii.bytes("keep-alive");
  private static final byte[] UPGRADE_WORD = Ascii.bytes("upgrade");

  private ConnectionOptions() {}

  /// The known options as bits. Fields that are named are dropped, but for those that frame or
  /// address the message.
  static int read(MessageHead head) {
    int options = 0;
    if (!head.hasAny(Field.CONNECTION.bit())) {
      return options;
    }
    for (int i = 0; i < head.fields(); i++) {
      if (head.id(i) == Field.CONNECTION) {
        options |= read(head, head.valueStart(i), head.valueEnd(i));
      }
    }
    return options;
  }

  private static int read(MessageHead head, int start, int end) {
    byte[] bytes = head.bytes();
    int options = 0;
    int from = start;
    while (from < end) {
      int to = from;
      while (to < end && bytes[to] != ',') {
        to++;
      }
      int first = from;
      int last = to;
      while (first < last && (bytes[first] == ' ' || bytes[first] == '\t')) {
        first++;
      }
      while (last > first && (bytes[last - 1] == ' ' || bytes[last - 1] == '\t')) {
        last--;
      }
      if (Ascii.equalsIgnoreCase(bytes, first, last, CLOSE_WORD)) {
        options |= CLOSE;
      } else if (Ascii.equalsIgnoreCase(bytes, first, last, KEEP_ALIVE_WORD)) {
        options |= KEEP_ALIVE;
      } else if (Ascii.equalsIgnoreCase(bytes, first, last, UPGRADE_WORD)) {
        options |= UPGRADE;
      } else {
        dropNamed(head, first, last);
      }
      from = to + 1;
    }
    return options;
  }

  private static void dropNamed(MessageHead head, int first, int last) {
    byte[] bytes = head.bytes();
    for (int i = 0; i < head.fields(); i++) {
      boolean endToEnd =
          switch (head.id(i)) {
            case HOST, CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT -> true;
            default -> false;
          };
      if (!endToEnd
          && Ascii.equalsIgnoreCase(
              bytes, head.nameStart(i), head.nameEnd(i), bytes, first, last)) {
        head.drop(i);
      }
    }
  }
}
