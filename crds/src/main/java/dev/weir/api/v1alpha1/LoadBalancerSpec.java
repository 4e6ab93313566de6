package dev.weir.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a user wants: where it runs, what it listens on, where traffic goes.
public record LoadBalancerSpec(
    @Nullable FleetRef fleetRef,
    @Nullable ProxySpec proxy,
    @Nullable List<ListenerSpec> listeners,
    @Nullable String defaultPool,
    @Nullable List<PoolSpec> pools) {}
