package dev.weir.proxy.route;

import dev.weir.proxy.message.Ascii;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A table from words to values that is asked with a range of bytes: no String, no copy. Open
/// addressing, at most half full. Immutable. Thread: any.
final class ByteKeys<V> {
  private final byte[][] keys;
  private final Object[] values;
  private final int mask;
  private final boolean lower;
  private final int longest;

  /// @param words ASCII, and lower case when `ignoreCase`
  /// @param ignoreCase whether the case of what is asked for does not matter
  ByteKeys(Map<String, V> words, boolean ignoreCase) {
    int size = Math.max(2, Integer.highestOneBit(words.size() * 2) * 2);
    keys = new byte[size][];
    values = new Object[size];
    mask = size - 1;
    lower = ignoreCase;
    int most = -1;
    for (var entry : words.entrySet()) {
      byte[] key = entry.getKey().getBytes(StandardCharsets.ISO_8859_1);
      most = Math.max(most, key.length);
      int at = spread(hash(key, 0, key.length)) & mask;
      while (keys[at] != null) {
        at = at + 1 & mask;
      }
      keys[at] = key;
      values[at] = entry.getValue();
    }
    longest = most;
  }

  /// The length of the longest word; -1 when there is none.
  int longest() {
    return longest;
  }

  /// The value of the word `bytes[from, to)`, or null.
  @Nullable V get(byte[] bytes, int from, int to) {
    return to - from > longest ? null : get(bytes, from, to, hash(bytes, from, to));
  }

  /// As [#get], with the word's [#next] taken over all of its bytes.
  @SuppressWarnings("unchecked") // only values of V were put in
  @Nullable V get(byte[] bytes, int from, int to, int hash) {
    for (int at = spread(hash) & mask; keys[at] != null; at = at + 1 & mask) {
      if (equal(keys[at], bytes, from, to)) {
        return (V) values[at];
      }
    }
    return null;
  }

  private int hash(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = next(hash, bytes[i]);
    }
    return hash;
  }

  /// The hash of a word with one more byte; it begins with 0.
  int next(int hash, byte b) {
    return hash * 31 + (lower ? Ascii.lower(b) : b);
  }

  private static int spread(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ mixed >>> 15;
  }

  private boolean equal(byte[] key, byte[] bytes, int from, int to) {
    if (lower) {
      return Ascii.equalsIgnoreCase(bytes, from, to, key);
    }
    return Arrays.equals(key, 0, key.length, bytes, from, to);
  }
}
