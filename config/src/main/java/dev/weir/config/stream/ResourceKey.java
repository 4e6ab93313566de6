package dev.weir.config.stream;

import java.util.Comparator;

/// What a resource is called: its type and its name.
public record ResourceKey(ResourceType type, String name) implements Comparable<ResourceKey> {
  /// The longest name, in characters.
  public static final int MAX_NAME = 600;

  private static final Comparator<ResourceKey> ORDER =
      Comparator.comparing(ResourceKey::type).thenComparing(ResourceKey::name);

  /// @throws IllegalArgumentException when the name has not the type's number of parts
  public ResourceKey {
    int parts = type == ResourceType.LoadBalancer ? 2 : 3;
    if (name.length() > MAX_NAME || name.split("/", -1).length != parts) {
      throw new IllegalArgumentException(
          type
              + " name '"
              + name
              + "' must have "
              + parts
              + " parts in "
              + MAX_NAME
              + " characters");
    }
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) <= ' ' || name.charAt(i) > '~') {
        throw new IllegalArgumentException(type + " name has a character that is not printable");
      }
    }
  }

  /// The LoadBalancer (`namespace/name`) that this resource belongs to: the unit of acceptance.
  public String loadBalancer() {
    return type == ResourceType.LoadBalancer ? name : name.substring(0, name.lastIndexOf('/'));
  }

  /// `Type:namespace/name`, as `hello` lists it.
  @Override
  public String toString() {
    return type + ":" + name;
  }

  /// Reads what [#toString] wrote.
  ///
  /// @throws IllegalArgumentException when the type is unknown or the name has not the type's
  ///   number of parts
  public static ResourceKey parse(String text) {
    for (ResourceType type : ResourceType.values()) {
      if (text.startsWith(type.name() + ":")) {
        return new ResourceKey(type, text.substring(type.name().length() + 1));
      }
    }
    throw new IllegalArgumentException("'" + text + "' does not start with a known type and ':'");
  }

  @Override
  public int compareTo(ResourceKey other) {
    return ORDER.compare(this, other);
  }
}
