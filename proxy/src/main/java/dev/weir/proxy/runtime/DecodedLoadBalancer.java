package dev.weir.proxy.runtime;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import java.util.Map;

/// One LoadBalancer with the endpoints of its pools, decoded and valid. Immutable.
///
/// @param endpoints by resource name (`namespace/name/pool`), exactly one for each pool
record DecodedLoadBalancer(LoadBalancerConfig config, Map<String, EndpointsConfig> endpoints) {
  DecodedLoadBalancer {
    endpoints = Map.copyOf(endpoints);
  }

  String name() {
    return config.name();
  }
}
