package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// HTTP settings of a listener.
public record HttpSpec(
    @JsonPropertyDescription(
            "How the client is announced to the origin. Default: X-Forwarded headers, nobody"
                + " trusted. Example: {trust: [10.0.0.0/8]}.")
        @Nullable ForwardedSpec forwarded) {}
