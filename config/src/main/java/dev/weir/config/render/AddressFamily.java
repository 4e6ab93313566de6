package dev.weir.config.render;

/// What kind of addresses a Service or an EndpointSlice has.
public enum AddressFamily {
  IPv4,
  IPv6,
  /// Names; Kubernetes has deprecated such slices and nobody resolves them.
  FQDN
}
