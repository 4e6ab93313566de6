package dev.weir.config.stream;

/// The kinds of resources on the stream.
public enum ResourceType {
  /// A [dev.weir.config.LoadBalancerConfig], named `namespace/name`.
  LoadBalancer,
  /// A [dev.weir.config.EndpointsConfig], named `namespace/name/pool`.
  Endpoints,
  /// A [dev.weir.config.CertificateConfig], named `namespace/name/id`.
  Certificate,
  /// A [dev.weir.config.TrustConfig], named `namespace/name/id`.
  Trust
}
