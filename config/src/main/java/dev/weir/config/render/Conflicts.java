package dev.weir.config.render;

import dev.weir.config.LoadBalancerConfig;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Decides who gets a port that several LoadBalancers of one fleet (or one process) want.
///
/// The oldest wins, then the lowest `namespace/name`; outside Kubernetes, without timestamps, the name alone. A
/// LoadBalancer that loses any of its ports is refused as a whole and contests nothing.
public final class Conflicts {
  private Conflicts() {}

  /// A LoadBalancer that rendered.
  public record Candidate(
      ObjectName name, @Nullable Instant created, LoadBalancerConfig config) {}

  /// The losers with one problem per contested listener; empty when all can live together. The order of the candidates
  /// does not matter.
  public static Map<ObjectName, List<Problem>> find(Collection<Candidate> candidates) {
    return Map.of();
  }
}
