package dev.weir.controller.infra;

import dev.weir.api.v1alpha1.LoadBalancerStatus.Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of a LoadBalancer's own objects.
///
/// @param expected how many proxies there should be; null when whoever connects counts
/// @param addresses where clients reach it
/// @param ready how many of its pods Kubernetes calls ready, which are those that its Service sends
///   clients to; null when somebody else runs the proxies
/// @param reason null when all is well, else one PascalCase word
/// @param message what is wrong
public record InfraState(
    @Nullable Integer expected,
    List<Address> addresses,
    @Nullable Integer ready,
    @Nullable String reason,
    String message) {
  /// Proxies that somebody else runs.
  public static final InfraState EXTERNAL = new InfraState(null, List.of(), null, null, "");

  public InfraState {
    addresses = List.copyOf(addresses);
  }
}
