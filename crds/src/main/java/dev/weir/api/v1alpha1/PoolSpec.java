package dev.weir.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A named group of endpoints with one balancing policy. Exactly one of `endpoints` and `serviceRef`.
public record PoolSpec(
    String name,
    @Nullable ServiceRef serviceRef,
    @Nullable List<EndpointSpec> endpoints,
    @Nullable BalanceSpec balance,
    @Nullable HealthSpec health,
    @Nullable QueueSpec queue,
    @Nullable RetrySpec retry,
    @Nullable PoolTimeoutsSpec timeouts) {}
