package dev.weir.proxy.http2;

import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.MessageHead;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;

/// Encodes header blocks (RFC 7541): what the static table has by its index, everything else as
/// plain literals.
///
/// Without a dynamic table and without Huffman codes, as HAProxy does it: a few more bytes on the
/// wire are cheaper than the processor's time on both ends, a peer cannot make it hold memory, and
/// no block depends on another. The first block of a connection says so with a table of size 0. One
/// for each loop, since a block is encoded and sent at once. Thread: its loop.
final class HpackEncoder {
  private static final int INDEXED = 0x80;
  private static final int LITERAL = 0;
  private static final int NEVER_INDEXED = 0x10;
  private static final int TABLE_SIZE_0 = 0x20;
  private static final int FIRST_SIZE = 1024;
  private static final int LARGEST_KEPT = 64 * 1024;

  private static final FastThreadLocal<HpackEncoder> OF_THREAD =
      new FastThreadLocal<>() {
        @Override
        protected HpackEncoder initialValue() {
          return new HpackEncoder();
        }
      };

  private byte[] block = new byte[FIRST_SIZE];
  private int length;

  /// The encoder of the loop that calls.
  static HpackEncoder ofLoop() {
    return OF_THREAD.get();
  }

  /// Starts a block.
  ///
  /// @param first whether it is the first one of its connection
  void begin(boolean first) {
    if (block.length > LARGEST_KEPT) {
      block = new byte[FIRST_SIZE];
    }
    length = 0;
    if (first) {
      block[length++] = TABLE_SIZE_0;
    }
  }

  /// The block so far; only `[0, length)` means anything.
  byte[] block() {
    return block;
  }

  /// How many bytes the block has.
  int length() {
    return length;
  }

  private void reserve(int more) {
    if (block.length - length < more) {
      block = Arrays.copyOf(block, Math.max(2 * block.length, length + more));
    }
  }

  /// Appends a field of the static table, name and value.
  void indexed(int index) {
    reserve(1);
    block[length++] = (byte) (INDEXED | index);
  }

  /// Appends `:status`.
  void status(int status) {
    int index =
        switch (status) {
          case 200 -> 8;
          case 204 -> 9;
          case 206 -> 10;
          case 304 -> 11;
          case 400 -> 12;
          case 404 -> 13;
          case 500 -> 14;
          default -> 0;
        };
    if (index != 0) {
      indexed(index);
      return;
    }
    reserve(5);
    block[length++] = HpackStatic.STATUS;
    block[length++] = 3;
    block[length++] = (byte) ('0' + status / 100);
    block[length++] = (byte) ('0' + status / 10 % 10);
    block[length++] = (byte) ('0' + status % 10);
  }

  /// Appends a field whose name is that of an entry of the static table.
  void literal(int nameIndex, byte[] from, int start, int end) {
    reserve(end - start + 12);
    integer(LITERAL, 4, nameIndex);
    integer(0, 7, end - start);
    System.arraycopy(from, start, block, length, end - start);
    length += end - start;
  }

  /// Appends a field with a number for its value.
  void number(int nameIndex, long value) {
    reserve(26);
    integer(LITERAL, 4, nameIndex);
    int digits = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) {
      digits++;
    }
    integer(0, 7, digits);
    long rest = value;
    for (int i = digits - 1; i >= 0; i--) {
      block[length + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
  }

  /// Appends a field as it stands in HTTP/1, its name in lower case.
  void field(byte[] bytes, int nameStart, int nameEnd, int valueStart, int valueEnd) {
    int name = nameEnd - nameStart;
    int value = valueEnd - valueStart;
    reserve(name + value + 18);
    int start = length;
    integer(LITERAL, 4, 0);
    integer(0, 7, name);
    int text = length;
    for (int i = 0; i < name; i++) {
      block[text + i] = (byte) Ascii.lower(bytes[nameStart + i]);
    }
    int index = HpackStatic.find(block, text, text + name);
    if (index == HpackStatic.NONE) {
      length = text + name;
    } else {
      length = start;
      integer(secret(index) ? NEVER_INDEXED : LITERAL, 4, index);
    }
    integer(0, 7, value);
    System.arraycopy(bytes, valueStart, block, length, value);
    length += value;
  }

  /// Appends a field whose name is in lower case.
  void field(byte[] name, byte[] value) {
    reserve(name.length + value.length + 18);
    integer(LITERAL, 4, 0);
    integer(0, 7, name.length);
    System.arraycopy(name, 0, block, length, name.length);
    length += name.length;
    integer(0, 7, value.length);
    System.arraycopy(value, 0, block, length, value.length);
    length += value.length;
  }

  /// Whether nobody further on may keep the value in a table (RFC 7541 section 7.1.3):
  /// authorization, cookie, proxy-authorization, set-cookie.
  private static boolean secret(int index) {
    return index == 23 || index == 32 || index == 49 || index == 55;
  }

  /// Appends the fields of a head that are not dropped.
  void fields(MessageHead head) {
    byte[] bytes = head.bytes();
    int count = head.fields();
    for (int i = 0; i < count; i++) {
      if (!head.dropped(i)) {
        field(bytes, head.nameStart(i), head.nameEnd(i), head.valueStart(i), head.valueEnd(i));
      }
    }
    if (head.writtenLength() >= 0) {
      number(HpackStatic.CONTENT_LENGTH, head.writtenLength());
    }
  }

  /// Appends fields that were written as lines of HTTP/1 by ourselves: `Name: value` and CRLF.
  ///
  /// @param lines backed by an array
  void lines(ByteBuf lines) {
    byte[] bytes = lines.array();
    int at = lines.arrayOffset() + lines.readerIndex();
    int end = at + lines.readableBytes();
    while (at < end) {
      int colon = at;
      while (bytes[colon] != ':') {
        colon++;
      }
      int lineEnd = colon;
      while (bytes[lineEnd] != '\r') {
        lineEnd++;
      }
      int valueStart = colon + 1;
      while (valueStart < lineEnd && bytes[valueStart] == ' ') {
        valueStart++;
      }
      int valueEnd = lineEnd;
      while (valueEnd > valueStart && bytes[valueEnd - 1] == ' ') {
        valueEnd--;
      }
      field(bytes, at, colon, valueStart, valueEnd);
      at = lineEnd + 2;
    }
  }

  private void integer(int pattern, int prefix, int value) {
    int mask = (1 << prefix) - 1;
    if (value < mask) {
      block[length++] = (byte) (pattern | value);
      return;
    }
    block[length++] = (byte) (pattern | mask);
    int rest = value - mask;
    while (rest >= 0x80) {
      block[length++] = (byte) (rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    block[length++] = (byte) rest;
  }
}
