package dev.weir.proxy.route;

import java.util.Map;
import java.util.TreeMap;

/// From hosts to what has them: a name, else the longest `*.` that it lies under, else the rest. A
/// look-up costs one look at a hash table for each label and makes no garbage. Immutable. Thread:
/// any.
public final class HostTable<V> {
  private static final String WILDCARD = "*.";

  private final ByteKeys<V> names;
  private final ByteKeys<V> suffixes;
  private final V rest;

  private HostTable(Map<String, V> names, Map<String, V> suffixes, V rest) {
    this.names = new ByteKeys<>(names, true);
    this.suffixes = new ByteKeys<>(suffixes, true);
    this.rest = rest;
  }

  /// @param patterns lower case: names, and `*.` with a name
  /// @param rest has every other host
  public static <V> HostTable<V> of(Map<String, V> patterns, V rest) {
    var names = new TreeMap<String, V>();
    var suffixes = new TreeMap<String, V>();
    patterns.forEach(
        (pattern, value) -> {
          if (pattern.startsWith(WILDCARD)) {
            suffixes.put(pattern.substring(WILDCARD.length()), value);
          } else {
            names.put(pattern, value);
          }
        });
    return new HostTable<>(names, suffixes, rest);
  }

  /// Who has the host `bytes[from, to)`, whose case does not matter; the rest has an empty one.
  public V find(byte[] bytes, int from, int to) {
    V found = names.get(bytes, from, to);
    int last = suffixes.longest() > 0 ? to : 0;
    for (int i = from + 1; i < last && found == null; i++) {
      found = bytes[i] == '.' ? suffixes.get(bytes, i + 1, to) : null;
    }
    return found == null ? rest : found;
  }
}
