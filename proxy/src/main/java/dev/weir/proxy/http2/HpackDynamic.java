package dev.weir.proxy.http2;

import java.util.Arrays;

/// The fields that a peer has sent before (RFC 7541 section 2.3.2): one array of bytes and their
/// places in it, no object for an entry. Grows with its use. Thread: the connection's loop.
final class HpackDynamic {
  private static final int OVERHEAD = 32;
  private static final int FIRST_ENTRIES = 8;
  private static final int FIRST_BYTES = 256;

  private int max;
  private int size;
  private int count;
  private int newest;
  private int[] starts = new int[0];
  private int[] nameLengths = new int[0];
  private int[] lengths = new int[0];
  private byte[] bytes = new byte[0];
  private int end;

  /// @param max size as the RFC counts it: bytes of names and values, and 32 for each entry
  HpackDynamic(int max) {
    this.max = max;
  }

  /// How many entries there are.
  int count() {
    return count;
  }

  /// What the offsets point into; another array after each [#add].
  byte[] bytes() {
    return bytes;
  }

  /// Where an entry starts.
  ///
  /// @param entry 0 for the newest
  int start(int entry) {
    return starts[slot(entry)];
  }

  /// How long an entry's name is.
  int nameLength(int entry) {
    return nameLengths[slot(entry)];
  }

  /// How long an entry's name and value are together.
  int length(int entry) {
    return lengths[slot(entry)];
  }

  private int slot(int entry) {
    return newest - entry & starts.length - 1;
  }

  /// Changes how large it may become.
  void resize(int newMax) {
    max = newMax;
    evict(0);
  }

  /// Adds an entry, for which the oldest ones make room. One that is larger than the table empties
  /// it.
  void add(byte[] from, int nameStart, int nameLength, int valueStart, int valueLength) {
    int length = nameLength + valueLength;
    evict(length + OVERHEAD);
    if (length + OVERHEAD > max) {
      return;
    }
    if (count == starts.length) {
      moreEntries();
    }
    int at = place(length);
    System.arraycopy(from, nameStart, bytes, at, nameLength);
    System.arraycopy(from, valueStart, bytes, at + nameLength, valueLength);
    end = at + length;
    newest = newest + 1 & starts.length - 1;
    starts[newest] = at;
    nameLengths[newest] = nameLength;
    lengths[newest] = length;
    count++;
    size += length + OVERHEAD;
  }

  private void evict(int needed) {
    while (count > 0 && size + needed > max) {
      size -= length(count - 1) + OVERHEAD;
      count--;
    }
  }

  private void moreEntries() {
    int[] oldStarts = starts;
    int[] oldNames = nameLengths;
    int[] oldLengths = lengths;
    int capacity = Math.max(FIRST_ENTRIES, 2 * count);
    int first = newest + 1;
    int mask = Math.max(0, oldStarts.length - 1);
    starts = new int[capacity];
    nameLengths = new int[capacity];
    lengths = new int[capacity];
    for (int i = 0; i < count; i++) {
      int from = first + i & mask;
      starts[i] = oldStarts[from];
      nameLengths[i] = oldNames[from];
      lengths[i] = oldLengths[from];
    }
    newest = count - 1 & capacity - 1;
  }

  /// Where so many bytes have room: behind the others, which are moved to the front when the array
  /// is full.
  private int place(int length) {
    if (count == 0) {
      end = 0;
    }
    if (end + length <= bytes.length) {
      return end;
    }
    int first = count == 0 ? 0 : start(count - 1);
    int used = end - first;
    byte[] from = bytes;
    if (2 * (used + length) > bytes.length) {
      bytes = new byte[Math.max(FIRST_BYTES, 2 * Integer.highestOneBit(2 * (used + length) - 1))];
    }
    System.arraycopy(from, first, bytes, 0, used);
    for (int i = 0; i < count; i++) {
      starts[slot(i)] -= first;
    }
    return used;
  }

  /// How many bytes it holds on to, for tests.
  int footprint() {
    return bytes.length + 3 * Integer.BYTES * starts.length;
  }

  @Override
  public String toString() {
    return "HpackDynamic" + Arrays.toString(Arrays.copyOf(bytes, end));
  }
}
