package dev.weir.config.manifest;

import dev.weir.config.Addresses;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What files may say beyond the CRD: listeners and endpoints whose address is a unix socket, and
/// which have no port. In the records their port is 0. The renderer checks the paths.
final class UnixSockets {
  static final String ADDRESS = "address";
  static final String PORT = "port";

  private UnixSockets() {}

  /// Whether the object is a listener or an endpoint on a unix socket.
  static boolean on(Tree.Mapping mapping, Schema schema) {
    return schema.required().contains(PORT)
        && schema.properties().containsKey(ADDRESS)
        && is(mapping.get(ADDRESS) instanceof Tree.Scalar scalar ? scalar.value() : null);
  }

  private static boolean is(@Nullable Object address) {
    return address instanceof String text && Addresses.isUnix(text);
  }

  /// Gives those of a spec that have no port the port 0.
  static void addPorts(@Nullable Object spec) {
    each(spec, object -> object.putIfAbsent(PORT, 0));
  }

  /// Takes the port 0 out again.
  static void removePorts(@Nullable Object spec) {
    each(spec, object -> object.remove(PORT, 0));
  }

  private interface Change {
    void of(Map<Object, Object> object);
  }

  private static void each(@Nullable Object spec, Change change) {
    objects(spec, "listeners").forEach(listener -> change(listener, change));
    for (var pool : objects(spec, "pools")) {
      objects(pool, "endpoints").forEach(endpoint -> change(endpoint, change));
    }
  }

  private static List<?> objects(@Nullable Object object, String field) {
    return object instanceof Map<?, ?> map && map.get(field) instanceof List<?> list
        ? list
        : List.of();
  }

  @SuppressWarnings("unchecked") // plain values, which have any type
  private static void change(Object object, Change change) {
    if (object instanceof Map<?, ?> map && is(map.get(ADDRESS))) {
      change.of((Map<Object, Object>) map);
    }
  }
}
