package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// The proxies of a LoadBalancer that has its own. Ignored outside Kubernetes and with a `fleetRef`.
public record ProxySpec(
    @Nullable Kind kind,
    @Nullable Integer replicas,
    @Nullable ServiceSpec service,
    @Nullable ResourcesSpec resources) {

  /// How the proxies are run.
  public enum Kind {
    Deployment,
    DaemonSet
  }
}
