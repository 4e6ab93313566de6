package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/// Where one endpoint differs from its pool's health check.
public record EndpointHealthSpec(
    @JsonPropertyDescription(
            "Whether this endpoint is checked; without checks it counts as healthy. Default: true."
                + " Example: false.")
        @Nullable Boolean enabled,
    @JsonPropertyDescription(
            "The port that checks go to. Default: the endpoint's port. Example: 8080.")
        @Min(1)
        @Max(65535)
        @Nullable Integer port) {}
