package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Requests and limits of a proxy's container, as Kubernetes quantities by resource name.
public record ResourcesSpec(
    @JsonPropertyDescription(
            "What the scheduler reserves, as Kubernetes quantities by resource. At most 16."
                + " Default: {cpu: 100m, memory: 128Mi}. Example: {cpu: 1, memory: 256Mi}.")
        @Size(max = 16)
        @Nullable Map<String, IntOrString> requests,
    @JsonPropertyDescription(
            "What it may use at most, as Kubernetes quantities by resource. At most 16."
                + " Default: none. Example: {memory: 512Mi}.")
        @Size(max = 16)
        @Nullable Map<String, IntOrString> limits) {}
