package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// Deadlines of the origin's side, as Gateway API durations.
public record PoolTimeoutsSpec(
    @Nullable String connect,
    @Nullable String response,
    @Nullable String idle,
    @Nullable String keepAlive) {}
