package dev.weir.config.manifest;

import dev.weir.config.Addresses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A YAML value with the line that it starts on (1-based). Immutable once read; aliases share their
/// tree.
sealed interface Tree {

  /// The line that the value starts on.
  int line();

  /// How many values it is made of when aliases are written out.
  int size();

  /// Text, number, boolean or null.
  ///
  /// @param value a String, Long, Double or Boolean; null for null
  /// @param text as it was written
  record Scalar(@Nullable Object value, String text, int line) implements Tree {
    @Override
    public int size() {
      return 1;
    }
  }

  /// A list.
  record Sequence(List<Tree> items, int line, int size) implements Tree {}

  /// An object. Keys keep their order.
  record Mapping(Map<String, Entry> entries, int line, int size) implements Tree {

    @Nullable Tree get(String key) {
      var entry = entries.get(key);
      return entry == null ? null : entry.value();
    }

    /// The text of a scalar field; null when it is absent or something else.
    @Nullable String text(String key) {
      return get(key) instanceof Scalar scalar && scalar.value() != null ? scalar.text() : null;
    }
  }

  /// The value of a key and the line of the key.
  record Entry(Tree value, int line) {}

  /// What kind of value it is, for people.
  default String kind() {
    return switch (this) {
      case Mapping _ -> "an object";
      case Sequence _ -> "a list";
      case Scalar scalar ->
          switch (scalar.value()) {
            case null -> "null";
            case String _ -> "a string";
            case Boolean _ -> "a boolean";
            case Long _ -> "an integer";
            default -> "a number";
          };
    };
  }

  /// As plain maps, lists and values. Null fields are left out, as the API server does.
  default @Nullable Object plain() {
    return switch (this) {
      case Scalar scalar ->
          scalar.value() instanceof Long number && number == number.intValue()
              ? Integer.valueOf(number.intValue())
              : scalar.value();
      case Sequence sequence -> {
        var list = new ArrayList<@Nullable Object>();
        sequence.items().forEach(item -> list.add(item.plain()));
        yield list;
      }
      case Mapping mapping -> {
        var map = new LinkedHashMap<String, Object>();
        mapping
            .entries()
            .forEach(
                (key, entry) -> {
                  var value = entry.value().plain();
                  if (value != null) {
                    map.put(key, value);
                  }
                });
        yield map;
      }
    };
  }

  /// What a list's element is called in a path: the values of its keys (`address:port`, an IPv6
  /// literal in brackets), or the text of a scalar; null when it has none.
  static @Nullable String key(Tree item, List<String> keys) {
    return switch (item) {
      case Scalar scalar -> scalar.text();
      case Sequence _ -> null;
      case Mapping mapping -> {
        var address = mapping.text(UnixSockets.ADDRESS);
        if (address != null && keys.contains(UnixSockets.PORT) && Addresses.isUnix(address)) {
          yield address;
        }
        var values = keys.stream().map(mapping::text).toList();
        if (values.isEmpty() || values.contains(null)) {
          yield null;
        }
        yield values.stream()
            .map(value -> values.size() > 1 && value.contains(":") ? "[" + value + "]" : value)
            .collect(Collectors.joining(":"));
      }
    };
  }

  /// The line of the field that a path such as `spec.pools[web].endpoints[10.0.0.1:80].port` names,
  /// or of the closest field above it that is there.
  static int locate(Tree root, String path) {
    var at = root;
    int line = root.line();
    int from = 0;
    while (from < path.length()) {
      boolean bracket = path.charAt(from) == '[';
      int to = bracket ? closing(path, from) : fieldEnd(path, from);
      var step = path.substring(bracket ? from + 1 : from, to);
      var next = bracket ? item(at, step) : field(at, step);
      if (next == null) {
        return line;
      }
      line = next.line();
      at = next.value();
      from = bracket ? to + 1 : to;
      if (from < path.length() && path.charAt(from) == '.') {
        from++;
      }
    }
    return line;
  }

  /// The path of an entry of the document; null when it is not in it. Entries that are equal are
  /// told apart.
  @SuppressWarnings("ReferenceEquality")
  static @Nullable String pathOf(Tree root, Entry wanted) {
    switch (root) {
      case Scalar _ -> {
        return null;
      }
      case Mapping mapping -> {
        for (var field : mapping.entries().entrySet()) {
          var below = field.getValue() == wanted ? "" : pathOf(field.getValue().value(), wanted);
          if (below != null) {
            boolean dotted = !below.isEmpty() && !below.startsWith("[");
            return field.getKey() + (dotted ? "." : "") + below;
          }
        }
        return null;
      }
      case Sequence sequence -> {
        for (int i = 0; i < sequence.items().size(); i++) {
          var item = sequence.items().get(i);
          var below = pathOf(item, wanted);
          if (below != null) {
            return "[" + itemKey(item, i) + "]" + (below.startsWith("[") ? "" : ".") + below;
          }
        }
        return null;
      }
    }
  }

  private static String itemKey(Tree item, int index) {
    for (var keys : List.of(List.of("name"), List.of("address", "port"))) {
      var key = key(item, keys);
      if (key != null) {
        return key;
      }
    }
    return Integer.toString(index);
  }

  private static int fieldEnd(String path, int from) {
    int to = from;
    while (to < path.length() && path.charAt(to) != '.' && path.charAt(to) != '[') {
      to++;
    }
    return to;
  }

  private static int closing(String path, int open) {
    int depth = 0;
    for (int i = open; i < path.length(); i++) {
      if (path.charAt(i) == '[') {
        depth++;
      } else if (path.charAt(i) == ']' && --depth == 0) {
        return i;
      }
    }
    return path.length();
  }

  private static @Nullable Entry field(Tree tree, String name) {
    return tree instanceof Mapping mapping ? mapping.entries().get(name) : null;
  }

  private static @Nullable Entry item(Tree tree, String key) {
    if (!(tree instanceof Sequence sequence)) {
      return null;
    }
    for (int i = 0; i < sequence.items().size(); i++) {
      var item = sequence.items().get(i);
      if (key.equals(key(item, List.of("name")))
          || key.equals(key(item, List.of("address", "port")))
          || key.equals(Integer.toString(i))) {
        return new Entry(item, item.line());
      }
    }
    return null;
  }
}
