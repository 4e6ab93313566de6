package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// Where one endpoint differs from its pool's health check.
public record EndpointHealthSpec(@Nullable Boolean enabled, @Nullable Integer port) {}
