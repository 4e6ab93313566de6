package dev.weir.proxy.runtime;

import dev.weir.config.BindConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds two LoadBalancers that want one port or unix socket. Pure.
final class PortConflicts {
  private PortConflicts() {}

  /// @param loser the LoadBalancer that has to give way
  record Conflict(String loser, String holder, BindConfig bind) {}

  /// Wants a set of binds.
  ///
  /// @param rank who is lower keeps a contested port; equal ranks go by name
  record Claim(String name, int rank, List<BindConfig> binds) {}

  /// The conflicts among all claims; empty when they can live together.
  static List<Conflict> find(List<Claim> claims) {
    Map<Integer, List<Holder>> holders = new HashMap<>();
    List<Conflict> conflicts = new ArrayList<>();
    List<Claim> ordered = new ArrayList<>(claims);
    ordered.sort(
        (a, b) -> a.rank() == b.rank() ? a.name().compareTo(b.name()) : a.rank() - b.rank());
    for (Claim claim : ordered) {
      Conflict lost = null;
      for (BindConfig bind : claim.binds()) {
        Holder holder = holder(holders, claim.name(), bind);
        if (holder != null) {
          lost = new Conflict(claim.name(), holder.name(), bind);
          conflicts.add(lost);
        }
      }
      if (lost == null) {
        for (BindConfig bind : claim.binds()) {
          holders
              .computeIfAbsent(bind.port(), p -> new ArrayList<>())
              .add(new Holder(claim.name(), bind));
        }
      }
    }
    return conflicts;
  }

  private record Holder(String name, BindConfig bind) {}

  private static @Nullable Holder holder(
      Map<Integer, List<Holder>> holders, String name, BindConfig bind) {
    for (Holder holder : holders.getOrDefault(bind.port(), List.of())) {
      if (!holder.name().equals(name) && holder.bind().overlaps(bind)) {
        return holder;
      }
    }
    return null;
  }
}
