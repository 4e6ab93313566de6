package dev.weir.controller.stream;

import org.jspecify.annotations.Nullable;

/// Says where nodes are. Asked from any thread when a proxy connects; may block.
@FunctionalInterface
public interface Zones {
  /// Nothing is known of any node.
  Zones UNKNOWN = node -> null;

  /// The zone of a node; null where that is not known.
  @Nullable String of(String node);
}
