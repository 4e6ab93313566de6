package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// Limits of a listener, counted per proxy process.
public record ListenerLimitsSpec(@Nullable Integer connections) {}
