package dev.weir.controller.gather;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.Problem;
import dev.weir.config.stream.ProxyGroup;
import org.jspecify.annotations.Nullable;

/// A LoadBalancer as it was last seen in the cluster.
///
/// @param generation of the spec
/// @param status as it was last seen; null before the first
/// @param unreadable why the spec is not what the document says, but empty; null for one that is
///   understood
public record Observed(
    LoadBalancerResource resource,
    String uid,
    long generation,
    @Nullable LoadBalancerStatus status,
    @Nullable Problem unreadable) {

  /// Whose proxies run it: a fleet's, or its own.
  public ProxyGroup group() {
    var fleet = resource.spec().fleetRef();
    return fleet != null
        ? new ProxyGroup.Fleet(fleet.name())
        : new ProxyGroup.Own(resource.name().namespace(), resource.name().name());
  }

  /// Whether both want the same: only what others write may differ.
  public boolean sameSpec(Observed other) {
    return generation == other.generation && uid.equals(other.uid);
  }
}
