package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// HTTP settings of a listener.
public record HttpSpec(@Nullable ForwardedSpec forwarded) {}
