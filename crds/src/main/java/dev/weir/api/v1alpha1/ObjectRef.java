package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// A Secret or a ConfigMap.
public record ObjectRef(
    @JsonPropertyDescription("Its name. Example: shop-tls.")
        @Required
        @Size(min = 1, max = 253)
        @Pattern(Patterns.OBJECT_NAME)
        String name,
    @JsonPropertyDescription(
            "Its namespace; another one than the LoadBalancer's takes a ReferenceGrant there."
                + " Default: the LoadBalancer's own. Example: certificates.")
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        @Nullable String namespace) {}
