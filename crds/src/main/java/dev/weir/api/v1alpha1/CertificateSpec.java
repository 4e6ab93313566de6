package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Where a certificate and its private key are.
///
/// @param file only in files that a proxy reads itself, and so not in the CRD
@ValidationRule(value = "has(self.secretRef)", message = "a certificate must have a secretRef")
public record CertificateSpec(
    @JsonPropertyDescription(
            "A Secret of type kubernetes.io/tls: tls.crt is the certificate, then those that lead"
                + " to its issuer, tls.key its private key, both PEM."
                + " Default: none, there must be one. Example: {name: shop-tls}.")
        @Nullable ObjectRef secretRef,
    @JsonIgnore @Nullable CertificateFile file) {

  /// A certificate in files.
  ///
  /// @param certificate the PEM file of the certificate and those that lead to its issuer
  /// @param key the PEM file of the private key; null when it is in the same file
  public record CertificateFile(String certificate, @Nullable String key) {}
}
