package dev.weir.api.v1alpha1;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Service in front of a LoadBalancer's own proxies.
public record ServiceSpec(
    @Nullable Type type,
    @Nullable Map<String, String> annotations,
    @Nullable TrafficPolicy externalTrafficPolicy) {

  /// Kubernetes Service types.
  public enum Type {
    ClusterIP,
    NodePort,
    LoadBalancer
  }

  /// Kubernetes external traffic policies.
  public enum TrafficPolicy {
    Cluster,
    Local
  }
}
