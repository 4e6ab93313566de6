package dev.weir.controller.stream;

import dev.weir.config.stream.Snapshot;
import java.util.Set;

/// What the proxies of a group should run.
///
/// @param snapshot every LoadBalancer that renders, or its last good rendering
/// @param held `namespace/name` of LoadBalancers that exist, do not render now and have no last
///   good rendering in this controller: of these each proxy keeps what it has. None of them is in
///   the snapshot.
public record Wanted(Snapshot snapshot, Set<String> held) {
  public Wanted {
    held = Set.copyOf(held);
  }
}
