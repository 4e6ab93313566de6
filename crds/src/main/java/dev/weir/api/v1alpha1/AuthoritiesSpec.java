package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Where the certificates of authorities are.
///
/// @param file only in files that a proxy reads itself, and so not in the CRD
@ValidationRule(
    value = "has(self.configMapRef) != has(self.secretRef)",
    message = "authorities must have either a configMapRef or a secretRef")
public record AuthoritiesSpec(
    @JsonPropertyDescription(
            "A ConfigMap: ca.crt is the certificates of the authorities, ca.crl, if there, their"
                + " revocation lists, both PEM."
                + " Default: none, see secretRef. Example: {name: partners-ca}.")
        @Nullable ObjectRef configMapRef,
    @JsonPropertyDescription(
            "A Secret with the same keys. Default: none, see configMapRef."
                + " Example: {name: partners-ca}.")
        @Nullable ObjectRef secretRef,
    @JsonIgnore @Nullable AuthoritiesFile file) {

  /// Authorities in files.
  ///
  /// @param certificates the PEM file of their certificates
  /// @param crl the PEM file of their revocation lists; null for none
  public record AuthoritiesFile(String certificates, @Nullable String crl) {}
}
