package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// Where requests wait when every endpoint has its `maxConnections`.
public record QueueSpec(@Nullable String timeout, @Nullable Integer length) {}
