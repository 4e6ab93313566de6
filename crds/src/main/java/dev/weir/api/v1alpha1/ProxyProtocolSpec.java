package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/// Who says who the client is, in a header of the PROXY protocol, version 1 or 2.
public record ProxyProtocolSpec(
    @JsonPropertyDescription(
            "Required: a connection without a valid header is closed. Example: Required.")
        @Required
        Accept accept,
    @JsonPropertyDescription(
            "The networks, in CIDR notation, that the headers come from; connections from anywhere"
                + " else are closed. 1 to 64. Example: [10.0.0.0/8].")
        @Required
        @Size(min = 1, max = 64)
        List<@Size(max = 43) @Pattern("^[0-9A-Fa-f:.]+/[0-9]{1,3}$") String> from) {

  /// Whether there must be a header.
  public enum Accept {
    Required
  }
}
