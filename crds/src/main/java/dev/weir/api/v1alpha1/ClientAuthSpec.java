package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/// What is asked of clients.
public record ClientAuthSpec(
    @JsonPropertyDescription(
            "Required refuses clients without a certificate, Optional asks for one; a certificate"
                + " that cannot be verified is refused by both. Default: Required."
                + " Example: Optional.")
        @Nullable Mode mode,
    @JsonPropertyDescription(
            "The authorities that a client's certificate must come from."
                + " Example: {configMapRef: {name: partners-ca}}.")
        @Required
        AuthoritiesSpec ca) {

  /// Whether a client must have a certificate.
  public enum Mode {
    Required,
    Optional
  }
}
