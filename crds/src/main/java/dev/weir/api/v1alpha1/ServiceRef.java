package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// A port of a Service, by name or number: its EndpointSlices are the pool's endpoints.
public record ServiceRef(
    @JsonPropertyDescription(
            "The Service. One of type ExternalName stands for its name, which the proxy resolves."
                + " Example: web.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        String name,
    @JsonPropertyDescription(
            "The port of the Service (not the target port), by name or number. Example: http.")
        @Required
        IntOrString port,
    @JsonPropertyDescription(
            "The Service's namespace. In Kubernetes another one than the LoadBalancer's own must"
                + " have a ReferenceGrant for it. Default: the LoadBalancer's own."
                + " Example: shared.")
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        @Nullable String namespace) {}
