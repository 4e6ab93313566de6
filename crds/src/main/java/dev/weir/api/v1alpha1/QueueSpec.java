package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// Where requests wait when every endpoint has its `maxConnections`.
public record QueueSpec(
    @JsonPropertyDescription(
            "How long a request waits before it gets 503, as a duration. Default: 5s. Example: 2s.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String timeout,
    @JsonPropertyDescription(
            "How many requests may wait, counted per proxy process; more get 503 at once. 0 for"
                + " none. Default: 1000. Example: 100.")
        @Min(0)
        @Max(1_000_000)
        @Nullable Integer length) {}
