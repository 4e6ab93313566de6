package dev.weir.proxy.runtime;

import dev.weir.config.BindClaims;
import java.util.ArrayList;
import java.util.List;

/// Finds two LoadBalancers that want one port or unix socket, or one host on it. Pure.
final class PortConflicts {
  private PortConflicts() {}

  /// @param loser the LoadBalancer that has to give way
  /// @param listener the one that contests something
  record Conflict(String loser, String listener, BindClaims.Conflict why) {}

  /// Wants a set of binds.
  ///
  /// @param rank who is lower keeps what is contested; equal ranks go by name
  record Claim(String name, int rank, List<BindClaims.Claim> claims) {}

  /// The conflicts among all claims; empty when they can live together.
  static List<Conflict> find(List<Claim> claims) {
    var held = new BindClaims();
    List<Conflict> conflicts = new ArrayList<>();
    List<Claim> ordered = new ArrayList<>(claims);
    ordered.sort(
        (a, b) -> a.rank() == b.rank() ? a.name().compareTo(b.name()) : a.rank() - b.rank());
    for (Claim claim : ordered) {
      boolean lost = false;
      for (BindClaims.Claim one : claim.claims()) {
        var conflict = held.conflict(one);
        if (conflict != null) {
          conflicts.add(new Conflict(claim.name(), one.listener(), conflict));
          lost = true;
        }
      }
      if (!lost) {
        claim.claims().forEach(held::hold);
      }
    }
    return conflicts;
  }
}
