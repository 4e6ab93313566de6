package dev.weir.config.stream;

/// The kinds of resources on the stream.
public enum ResourceType {
  /// A [dev.weir.config.LoadBalancerConfig], named `namespace/name`.
  LoadBalancer,
  /// A [dev.weir.config.EndpointsConfig], named `namespace/name/pool`.
  Endpoints
}
