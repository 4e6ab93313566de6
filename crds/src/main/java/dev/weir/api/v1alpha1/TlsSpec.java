package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a listener speaks TLS, or what it sees of it.
@ValidationRule(
    value = "has(self.certificates) != (has(self.mode) && self.mode == 'Passthrough')",
    message = "certificates must be set, and with mode Passthrough must not")
@ValidationRule(
    value =
        "!has(self.mode) || self.mode != 'Passthrough' || !has(self.minVersion) &&"
            + " !has(self.ciphers) && !has(self.clientAuth) && !has(self.knownNamesOnly)",
    message = "with mode Passthrough the endpoint speaks TLS: there are no other fields")
public record TlsSpec(
    @JsonPropertyDescription(
            "Terminate: the proxy has the certificate and reads what is inside. Passthrough, with"
                + " protocol TCP: the endpoint has it, and the proxy sees only which name the client"
                + " asks for and which protocols it offers; hosts and routes choose by them."
                + " Default: Terminate. Example: Passthrough.")
        @Nullable Mode mode,
    @JsonPropertyDescription(
            "The certificates, chosen by the server name that the client asks for and by the kinds"
                + " of signature that it understands; the first one for clients that ask for none"
                + " or for an unknown one, unless knownNamesOnly refuses them. Required, but for mode Passthrough. Default: none."
                + " Example: [{secretRef: {name: shop-tls}}].")
        @Size(min = 1, max = 64)
        @Nullable List<CertificateSpec> certificates,
    @JsonPropertyDescription(
            "The oldest version of TLS that is spoken. Default: TLS12. Example: TLS13.")
        @Nullable Version minVersion,
    @JsonPropertyDescription(
            "The cipher suites of TLS 1.2 that are spoken, in order of preference, by their names"
                + " of IANA or of OpenSSL; those of TLS 1.3 are not a choice. Default: ECDHE with"
                + " AES-GCM or ChaCha20. Example: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384].")
        @Size(min = 1, max = 32)
        @Nullable List<@Size(min = 1, max = 64) @Pattern("^[A-Z0-9][-_A-Z0-9]*$") String> ciphers,
    @JsonPropertyDescription(
            "Asks clients for a certificate. Default: they are asked for none."
                + " Example: {ca: {configMapRef: {name: partners-ca}}}.")
        @Nullable ClientAuthSpec clientAuth,
    @JsonPropertyDescription(
            "Refuses clients that ask for no name, or for one that no certificate is for. Default:"
                + " false, they get the first certificate. Example: true.")
        @Nullable Boolean knownNamesOnly) {

  /// Who ends TLS.
  public enum Mode {
    Terminate,
    Passthrough
  }

  /// A version of TLS.
  public enum Version {
    TLS12,
    TLS13
  }
}
