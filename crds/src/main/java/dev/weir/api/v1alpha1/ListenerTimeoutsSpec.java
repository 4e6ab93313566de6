package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// Deadlines of the client's side, as Gateway API durations.
public record ListenerTimeoutsSpec(
    @Nullable String header,
    @Nullable String keepAlive,
    @Nullable String idle,
    @Nullable String tunnelIdle,
    @Nullable String drain) {}
