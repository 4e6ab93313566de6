package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How TLS is spoken with the endpoints of a pool. Absent fields have their defaults.
@ValidationRule(
    value = "!has(self.ca) || !has(self.verify) || self.verify",
    message = "ca has no meaning with verify: false")
public record PoolTlsSpec(
    @JsonPropertyDescription(
            "The name that endpoints are asked for (SNI) and that their certificates must be for: a"
                + " DNS name, or an IP address, which is not sent. Default: the address of each"
                + " endpoint. Example: api.internal.")
        @Size(min = 1, max = 253)
        @Pattern("^[A-Za-z0-9_.:-]+$")
        @Nullable String serverName,
    @JsonPropertyDescription(
            "The authorities that the certificates of endpoints must come from. Default: those that"
                + " the Java runtime trusts. Example: {configMapRef: {name: internal-ca}}.")
        @Nullable AuthoritiesSpec ca,
    @JsonPropertyDescription(
            "The certificate that endpoints get which ask for one. Default: none."
                + " Example: {secretRef: {name: proxy-client}}.")
        @Nullable CertificateSpec certificate,
    @JsonPropertyDescription(
            "Whether the certificates of endpoints are verified: who signed them, whether they are"
                + " in date, and their names. false takes anybody for the endpoint."
                + " Default: true. Example: false.")
        @Nullable Boolean verify,
    @JsonPropertyDescription(
            "The oldest version of TLS that is spoken. Default: TLS12. Example: TLS13.")
        TlsSpec.@Nullable Version minVersion,
    @JsonPropertyDescription(
            "The cipher suites of TLS 1.2 that are spoken, in order of preference, by their names"
                + " of IANA or of OpenSSL; those of TLS 1.3 are not a choice. Default: ECDHE with"
                + " AES-GCM or ChaCha20. Example: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384].")
        @Size(min = 1, max = 32)
        @Nullable List<@Size(min = 1, max = 64) @Pattern("^[A-Z0-9][-_A-Z0-9]*$") String>
            ciphers) {}
