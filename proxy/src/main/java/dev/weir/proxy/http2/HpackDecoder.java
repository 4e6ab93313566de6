package dev.weir.proxy.http2;

import dev.weir.proxy.message.MessageHead;

/// Decodes header blocks (RFC 7541) into heads: each field is written once, as the line that HTTP/1
/// would have for it, and no object is made for it. One for each direction of a connection.
///
/// A head over the limits is decoded to its end all the same, since the blocks behind it depend on
/// what it adds to the table, but nothing of it is kept. Thread: the connection's loop.
final class HpackDecoder {
  /// The block is no valid compression: the connection cannot go on.
  static final int INVALID = -1;

  /// The block is complete.
  static final int DONE = 0;

  /// The block is complete and had more bytes or fields than are allowed.
  static final int TOO_LARGE = 1;

  /// What RFC 7541 section 4.1 counts for a field besides its bytes.
  private static final int OVERHEAD = 32;

  private static final int MAX_INTEGER = 1 << 28;
  private static final int LINE = ": \r\n".length();

  private final HpackDynamic table;
  private final int maxTable;
  private final Fields to;
  private byte[] block = new byte[0];
  private int at;
  private int limit;
  private int nameStart;
  private int nameEnd;
  private int valueEnd;

  /// Takes the fields of a block, one by one.
  interface Fields {

    /// A field stands behind everything else in the head's bytes, as `name: value` and CRLF. It is
    /// the receiver's to judge it and to add it to the head's table or to take its bytes back.
    ///
    /// @param valueStart two behind the name's end
    /// @param valueEnd two before the line's end
    void field(MessageHead head, int nameStart, int nameEnd, int valueStart, int valueEnd);
  }

  /// @param maxTable how large a table we announced: what the peer may use
  /// @param to takes the fields
  HpackDecoder(int maxTable, Fields to) {
    this.maxTable = maxTable;
    this.to = to;
    this.table = new HpackDynamic(maxTable);
  }

  /// Decodes a whole block.
  ///
  /// @param maxSize bytes of names and values and 32 for each field
  /// @param maxFields how many fields
  /// @return [#DONE], [#TOO_LARGE] or [#INVALID]
  int decode(byte[] bytes, int from, int end, MessageHead head, int maxSize, int maxFields) {
    block = bytes;
    at = from;
    limit = end;
    boolean first = true;
    int fields = 0;
    int size = 0;
    while (at < limit) {
      int b = block[at];
      int before = head.length();
      boolean valid;
      if (b < 0) {
        if (size > maxSize || fields > maxFields) {
          // Nothing is copied any more: the work for a block is bounded by its own size.
          if (!known(integer(7))) {
            return INVALID;
          }
          continue;
        }
        valid = indexed(head);
      } else if (b >= 0x40) {
        valid = literal(head, 6);
        if (valid) {
          int valueStart = nameEnd + 2;
          table.add(
              head.bytes(), nameStart, nameEnd - nameStart, valueStart, valueEnd - valueStart);
        }
      } else if (b >= 0x20) {
        int wanted = integer(5);
        valid = first && wanted >= 0 && wanted <= maxTable;
        if (valid) {
          table.resize(wanted);
          continue;
        }
      } else {
        valid = literal(head, 4);
      }
      if (!valid) {
        return INVALID;
      }
      first = false;
      fields++;
      size = Math.min(MAX_INTEGER, size + head.length() - before - LINE + OVERHEAD);
      if (size > maxSize || fields > maxFields) {
        head.advance(before - head.length());
      } else {
        to.field(head, nameStart, nameEnd, nameEnd + 2, valueEnd);
      }
    }
    return size > maxSize || fields > maxFields ? TOO_LARGE : DONE;
  }

  private boolean known(int index) {
    return index > 0 && index <= HpackStatic.SIZE + table.count();
  }

  private boolean indexed(MessageHead head) {
    int index = integer(7);
    if (index <= 0) {
      return false;
    }
    if (index <= HpackStatic.SIZE) {
      name(head, HpackStatic.name(index));
      byte[] value = HpackStatic.value(index);
      copy(head, value, 0, value.length);
    } else {
      int entry = index - HpackStatic.SIZE - 1;
      if (entry >= table.count()) {
        return false;
      }
      int start = table.start(entry);
      int name = table.nameLength(entry);
      name(head, table.bytes(), start, name);
      copy(head, table.bytes(), start + name, table.length(entry) - name);
    }
    endLine(head);
    return true;
  }

  private boolean literal(MessageHead head, int prefix) {
    int index = integer(prefix);
    if (index < 0) {
      return false;
    }
    if (index == 0) {
      nameStart = head.length();
      if (!string(head)) {
        return false;
      }
      nameEnd = head.length();
      byte[] bytes = head.reserve(2);
      bytes[nameEnd] = ':';
      bytes[nameEnd + 1] = ' ';
      head.advance(2);
    } else if (index <= HpackStatic.SIZE) {
      name(head, HpackStatic.name(index));
    } else {
      int entry = index - HpackStatic.SIZE - 1;
      if (entry >= table.count()) {
        return false;
      }
      name(head, table.bytes(), table.start(entry), table.nameLength(entry));
    }
    if (!string(head)) {
      return false;
    }
    endLine(head);
    return true;
  }

  private void name(MessageHead head, byte[] name) {
    name(head, name, 0, name.length);
  }

  private void name(MessageHead head, byte[] from, int start, int length) {
    nameStart = head.length();
    nameEnd = nameStart + length;
    byte[] bytes = head.reserve(length + 2);
    System.arraycopy(from, start, bytes, nameStart, length);
    bytes[nameEnd] = ':';
    bytes[nameEnd + 1] = ' ';
    head.advance(length + 2);
  }

  private static void copy(MessageHead head, byte[] from, int start, int length) {
    System.arraycopy(from, start, head.reserve(length), head.length(), length);
    head.advance(length);
  }

  private void endLine(MessageHead head) {
    valueEnd = head.length();
    byte[] bytes = head.reserve(2);
    bytes[valueEnd] = '\r';
    bytes[valueEnd + 1] = '\n';
    head.advance(2);
  }

  /// Appends a string literal (RFC 7541 section 5.2) to the head's bytes.
  private boolean string(MessageHead head) {
    boolean compressed = at < limit && block[at] < 0;
    int length = integer(7);
    if (length < 0 || length > limit - at) {
      return false;
    }
    if (compressed) {
      byte[] bytes = head.reserve(Huffman.longest(length));
      int end = Huffman.decode(block, at, at + length, bytes, head.length());
      if (end == Huffman.INVALID) {
        return false;
      }
      head.advance(end - head.length());
    } else {
      copy(head, block, at, length);
    }
    at += length;
    return true;
  }

  /// Reads an integer (RFC 7541 section 5.1); -1 when it is cut or larger than any that makes
  /// sense.
  private int integer(int prefix) {
    if (at == limit) {
      return -1;
    }
    int mask = (1 << prefix) - 1;
    int value = block[at++] & mask;
    if (value < mask) {
      return value;
    }
    for (int shift = 0; shift <= 28 && at < limit; shift += 7) {
      int b = block[at++];
      long more = value + ((long) (b & 0x7f) << shift);
      if (more > MAX_INTEGER) {
        return -1;
      }
      value = (int) more;
      if (b >= 0) {
        return value;
      }
    }
    return -1;
  }
}
