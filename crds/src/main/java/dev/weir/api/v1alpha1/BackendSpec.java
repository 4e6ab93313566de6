package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// A pool and its share of a route's requests.
public record BackendSpec(
    @JsonPropertyDescription("The pool. Example: api.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        String pool,
    @JsonPropertyDescription(
            "Its part of the sum of all weights; 0 gets nothing. 0 to 1000000. Default: 1."
                + " Example: 95.")
        @Min(0)
        @Max(1_000_000)
        @Nullable Integer weight) {}
