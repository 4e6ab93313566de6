package dev.weir.api.v1alpha1;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Requests and limits of a proxy's container, as Kubernetes quantities by resource name.
public record ResourcesSpec(
    @Nullable Map<String, IntOrString> requests, @Nullable Map<String, IntOrString> limits) {}
