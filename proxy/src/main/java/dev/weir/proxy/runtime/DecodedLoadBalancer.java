package dev.weir.proxy.runtime;

import dev.weir.config.CertificateConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.TrustConfig;
import java.util.Map;

/// One LoadBalancer with the endpoints of its pools and what it needs for TLS, decoded and valid.
/// Immutable.
///
/// @param endpoints by resource name (`namespace/name/pool`), exactly one for each pool
/// @param certificates by resource name (`namespace/name/id`)
/// @param trusts by resource name
record DecodedLoadBalancer(
    LoadBalancerConfig config,
    Map<String, EndpointsConfig> endpoints,
    Map<String, CertificateConfig> certificates,
    Map<String, TrustConfig> trusts) {
  DecodedLoadBalancer {
    endpoints = Map.copyOf(endpoints);
    certificates = Map.copyOf(certificates);
    trusts = Map.copyOf(trusts);
  }

  String name() {
    return config.name();
  }
}
