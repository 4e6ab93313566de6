package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/// Sends clients to the same place under https.
public record RedirectToHttpsSpec(
    @JsonPropertyDescription(
            "The status of the redirect: 301, 302, 303, 307 or 308. Default: 308. Example: 301.")
        @Min(301)
        @Max(308)
        @Nullable Integer status,
    @JsonPropertyDescription("The port that clients are sent to. Default: 443. Example: 8443.")
        @Min(1)
        @Max(65535)
        @Nullable Integer port) {}
