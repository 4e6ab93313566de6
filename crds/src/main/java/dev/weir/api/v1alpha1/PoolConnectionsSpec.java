package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/// Limits of what a pool's endpoints get at once, counted per proxy process: requests with protocol
/// HTTP, connections with TCP.
public record PoolConnectionsSpec(
    @JsonPropertyDescription(
            "What an endpoint gets at once when it has no maxConnections of its own: requests (HTTP)"
                + " or connections (TCP), counted per proxy process. Default: no limit."
                + " Example: 100.")
        @Min(1)
        @Max(1_000_000)
        @Nullable Integer perEndpoint,
    @JsonPropertyDescription(
            "What all endpoints together get at once: requests (HTTP) or connections (TCP), counted"
                + " per proxy process. Default: no limit. Example: 1000.")
        @Min(1)
        @Max(10_000_000)
        @Nullable Integer total) {}
