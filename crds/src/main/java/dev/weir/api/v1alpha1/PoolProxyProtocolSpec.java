package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/// How endpoints are told who the client is.
public record PoolProxyProtocolSpec(
    @JsonPropertyDescription(
            "The header that every connection to an endpoint starts with: V1 is a line of text with"
                + " addresses, V2 is binary and says more. A connection then serves one client."
                + " Example: V2.")
        @Required
        Version send) {

  /// Versions of the PROXY protocol.
  public enum Version {
    V1,
    V2
  }
}
