package dev.weir.proxy.message;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A head as bytes in HTTP/1 form and a table of offsets into them: no object for a field, no
/// String.
///
/// Reused: [#clear] makes it empty and keeps the arrays. Fields are dropped by marking them; what
/// is left is copied out in spans. Thread: one event loop.
public abstract sealed class MessageHead permits RequestHead, ResponseHead, Trailers {
  private static final int OFFSETS = 4;
  private static final int FIRST_SIZE = 1024;

  private byte[] bytes = new byte[FIRST_SIZE];
  private int length;
  private int[] offsets = new int[16 * OFFSETS];
  private Field[] ids = new Field[16];
  private boolean[] dropped = new boolean[16];
  private long seen;
  private long seenAgain;
  private int count;
  private int fieldsEnd;
  private long writtenLength = -1;

  /// The bytes; only `[0, length)` mean anything.
  public final byte[] bytes() {
    return bytes;
  }

  /// How many bytes are there.
  public final int length() {
    return length;
  }

  /// Makes room for more bytes behind [#length] and returns the array, which may be a new one.
  public final byte[] reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
    return bytes;
  }

  /// Says that so many bytes were written behind [#length], or, when negative, are taken back.
  public final void advance(int more) {
    length += more;
  }

  /// Empties the head; large arrays are let go so that one big request does not pin memory.
  public void clear() {
    if (bytes.length > 8 * FIRST_SIZE) {
      bytes = new byte[FIRST_SIZE];
    }
    length = 0;
    seen = 0;
    seenAgain = 0;
    count = 0;
    fieldsEnd = 0;
    writtenLength = -1;
  }

  /// Adds a field whose line starts at `nameStart` and ends, line break included, at `lineEnd`.
  public final void addField(
      Field id, int nameStart, int nameEnd, int valueStart, int valueEnd, int lineEnd) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, count * 2);
      dropped = Arrays.copyOf(dropped, count * 2);
      offsets = Arrays.copyOf(offsets, count * 2 * OFFSETS);
    }
    int at = count * OFFSETS;
    offsets[at] = nameStart;
    offsets[at + 1] = nameEnd;
    offsets[at + 2] = valueStart;
    offsets[at + 3] = valueEnd;
    ids[count] = id;
    dropped[count] = false;
    long bit = id.bit();
    seenAgain |= seen & bit;
    seen |= bit;
    count++;
    fieldsEnd = lineEnd;
  }

  /// How many fields there are, dropped ones included.
  public final int fields() {
    return count;
  }

  /// Which field it is.
  public final Field id(int field) {
    return ids[field];
  }

  /// Where the field's line starts.
  public final int nameStart(int field) {
    return offsets[field * OFFSETS];
  }

  /// Where the field's name ends.
  public final int nameEnd(int field) {
    return offsets[field * OFFSETS + 1];
  }

  /// Where the field's value starts, white space skipped.
  public final int valueStart(int field) {
    return offsets[field * OFFSETS + 2];
  }

  /// Where the field's value ends, white space skipped.
  public final int valueEnd(int field) {
    return offsets[field * OFFSETS + 3];
  }

  /// Where the field's line ends, behind its line break.
  public final int lineEnd(int field) {
    return field + 1 < count ? nameStart(field + 1) : fieldsEnd;
  }

  /// Leaves the field out of what is copied.
  public final void drop(int field) {
    dropped[field] = true;
  }

  /// Has a Content-Length written instead of the one that came, which is dropped.
  public final void writeLength(long bytes) {
    writtenLength = bytes;
  }

  /// The Content-Length to write; -1 when the one that came is copied, or there is none.
  public final long writtenLength() {
    return writtenLength;
  }

  /// Whether the field is left out.
  public final boolean dropped(int field) {
    return dropped[field];
  }

  /// Whether there is a field of any of these kinds, dropped ones included.
  ///
  /// @param kinds [Field#bit]s
  public final boolean hasAny(long kinds) {
    return (seen & kinds) != 0;
  }

  /// Whether there is more than one field of that kind, dropped ones included.
  public final boolean repeats(Field id) {
    return (seenAgain & id.bit()) != 0;
  }

  /// The first field of that kind that is not dropped, or -1.
  public final int find(Field id) {
    if ((seen & id.bit()) == 0) {
      return -1;
    }
    for (int i = 0; i < count; i++) {
      if (ids[i] == id && !dropped[i]) {
        return i;
      }
    }
    return -1;
  }

  /// A field's value as text, for logs and tests.
  public final String value(int field) {
    int start = valueStart(field);
    return new String(bytes, start, valueEnd(field) - start, StandardCharsets.ISO_8859_1);
  }
}
