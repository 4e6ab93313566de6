package dev.weir.config.render;

import dev.weir.api.v1alpha1.LoadBalancerSpec;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One LoadBalancer as the renderer takes it.
///
/// @param created the creationTimestamp, which decides who keeps a contested port; null outside
///   Kubernetes
public record LoadBalancerResource(
    ObjectName name, @Nullable Instant created, LoadBalancerSpec spec) {}
