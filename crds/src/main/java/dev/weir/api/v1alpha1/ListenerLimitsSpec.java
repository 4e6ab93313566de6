package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/// Limits of a listener, counted per proxy process.
public record ListenerLimitsSpec(
    @JsonPropertyDescription(
            "Open client connections, counted per proxy process; at the limit the listener stops"
                + " accepting until one closes. Default: no limit but the process's."
                + " Example: 20000.")
        @Min(1)
        @Max(10_000_000)
        @Nullable Integer connections,
    @JsonPropertyDescription(
            "Open connections of one client (an IPv4 address, or the first 64 bits of an IPv6 one),"
                + " counted per proxy process; more are closed at once. Default: no limit."
                + " Example: 200.")
        @Min(1)
        @Max(10_000_000)
        @Nullable Integer connectionsPerClient,
    @JsonPropertyDescription(
            "Requests that one HTTP/2 connection may have open at a time; more are refused so that"
                + " the client can send them again. Default: 128. Example: 100.")
        @Min(1)
        @Max(10_000)
        @Nullable Integer streams) {}
