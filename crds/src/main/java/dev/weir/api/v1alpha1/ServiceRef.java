package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// A port of a Service, by name or number: its EndpointSlices are the pool's endpoints.
public record ServiceRef(
    @JsonPropertyDescription("The Service, in the LoadBalancer's own namespace. Example: web.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        String name,
    @JsonPropertyDescription(
            "The port of the Service (not the target port), by name or number. Example: http.")
        @Required
        IntOrString port) {}
