package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// The shared fleet of proxies that serves this LoadBalancer.
public record FleetRef(
    @JsonPropertyDescription(
            "The fleet's name, as its proxies were started with (--fleet). Example: edge.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        String name) {}
