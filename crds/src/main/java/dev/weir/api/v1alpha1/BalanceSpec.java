package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// How an endpoint is chosen.
public record BalanceSpec(
    @JsonPropertyDescription(
            "RoundRobin: in turn, by weight. LeastConnections: the one with the fewest requests"
                + " (HTTP) or connections (TCP) under way, by weight. Default: RoundRobin."
                + " Example: LeastConnections.")
        @Nullable Algorithm algorithm,
    @JsonPropertyDescription(
            "Whether endpoints in a proxy's own zone come first. Only for pools with a serviceRef."
                + " Default: as the Service asks for by its trafficDistribution; with an empty"
                + " block every field of it at its default. Example: {prefer: Local}.")
        @Nullable ZonesSpec zones) {

  /// Balancing algorithms.
  public enum Algorithm {
    RoundRobin,
    LeastConnections
  }
}
