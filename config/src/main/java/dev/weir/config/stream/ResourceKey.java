package dev.weir.config.stream;

import java.util.Comparator;

/// What a resource is called: its type and its name.
public record ResourceKey(ResourceType type, String name) implements Comparable<ResourceKey> {
  private static final Comparator<ResourceKey> ORDER =
      Comparator.comparing(ResourceKey::type).thenComparing(ResourceKey::name);

  /// The LoadBalancer (`namespace/name`) that this resource belongs to: the unit of acceptance.
  public String loadBalancer() {
    return type == ResourceType.LoadBalancer ? name : name.substring(0, name.lastIndexOf('/'));
  }

  @Override
  public int compareTo(ResourceKey other) {
    return ORDER.compare(this, other);
  }
}
