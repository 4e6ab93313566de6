package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// How an endpoint is chosen.
public record BalanceSpec(@Nullable Algorithm algorithm) {

  /// Balancing algorithms.
  public enum Algorithm {
    RoundRobin,
    LeastConnections
  }
}
