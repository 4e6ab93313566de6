package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// Whether endpoints in a proxy's own zone come first.
public record ZonesSpec(
    @JsonPropertyDescription(
            "Local: endpoints in the zone of the proxy while any of them is usable, else all. Any:"
                + " all, whatever the Service asks for. Default: Local. Example: Any.")
        @Nullable Prefer prefer) {

  /// Which endpoints come first.
  public enum Prefer {
    Local,
    Any
  }
}
