package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// One address (IP or DNS name) and port. `tier` 0 is used first, 1 is backup.
public record EndpointSpec(
    String address,
    Integer port,
    @Nullable Integer weight,
    @Nullable Integer tier,
    @Nullable State state,
    @Nullable Integer maxConnections,
    @Nullable EndpointHealthSpec health) {

  /// What the operator wants of an endpoint.
  public enum State {
    Ready,
    Drain,
    Maintenance
  }
}
