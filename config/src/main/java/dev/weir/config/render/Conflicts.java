package dev.weir.config.render;

import dev.weir.config.BindClaims;
import dev.weir.config.LoadBalancerConfig;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Decides who gets a port, or hosts on a port, that several LoadBalancers of one fleet (or one
/// process) want. Who can share one: see [BindClaims].
///
/// The oldest wins, then the lowest `namespace/name`; outside Kubernetes, without timestamps, the
/// name alone. A LoadBalancer that loses any of its ports is refused as a whole and contests
/// nothing.
public final class Conflicts {
  private static final Comparator<Candidate> SENIORITY =
      Comparator.comparing(
              Candidate::created, Comparator.nullsFirst(Comparator.<Instant>naturalOrder()))
          .thenComparing(Candidate::name);

  private Conflicts() {}

  /// A LoadBalancer that rendered; one that keeps its last good set comes with the config of that.
  public record Candidate(ObjectName name, @Nullable Instant created, LoadBalancerConfig config) {}

  /// The losers with one problem per contested listener; empty when all can live together. The
  /// order of the candidates does not matter.
  public static Map<ObjectName, List<Problem>> find(Collection<Candidate> candidates) {
    var losers = new TreeMap<ObjectName, List<Problem>>();
    var held = new BindClaims();
    for (var candidate : candidates.stream().sorted(SENIORITY).toList()) {
      var claims = BindClaims.of(candidate.config());
      var contested = contested(claims, held);
      if (contested.isEmpty()) {
        claims.forEach(held::hold);
      } else {
        losers.put(candidate.name(), contested);
      }
    }
    return losers;
  }

  private static List<Problem> contested(List<BindClaims.Claim> claims, BindClaims held) {
    var problems = new ArrayList<Problem>();
    for (var claim : claims) {
      var conflict = held.conflict(claim);
      if (conflict != null) {
        problems.add(
            new Problem(
                Problem.Condition.Conflicted,
                "PortConflict",
                "spec.listeners[" + claim.listener() + "]." + conflict.field(),
                conflict.message(),
                true));
      }
    }
    return problems;
  }
}
