package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// Deadlines of the origin's side, as Gateway API durations.
public record PoolTimeoutsSpec(
    @JsonPropertyDescription(
            "To establish a connection to an endpoint, as a duration. Default: 5s. Example: 1s.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String connect,
    @JsonPropertyDescription(
            "From the end of a request to the head of its response, as a duration; then 504. HTTP"
                + " only. Default: 50s. Example: 2m.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String response,
    @JsonPropertyDescription(
            "Without progress on the endpoint's side while a message is under way, as a duration."
                + " Default: 50s. Example: 2m.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String idle,
    @JsonPropertyDescription(
            "How long an unused connection to an endpoint is kept, as a duration. HTTP only."
                + " Default: 1m. Example: 10s.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String keepAlive) {}
