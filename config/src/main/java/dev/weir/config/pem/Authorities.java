package dev.weir.config.pem;

import dev.weir.config.TrustConfig;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may sign certificates of peers, and what they took back. Immutable.
///
/// @param certificates of the authorities, at least one
/// @param revocations empty when nobody asked for them
public record Authorities(List<X509Certificate> certificates, List<X509CRL> revocations) {

  public Authorities {
    certificates = List.copyOf(certificates);
    revocations = List.copyOf(revocations);
  }

  /// Reads them.
  ///
  /// @param revocations PEM; null for none
  /// @throws InvalidPemException when one of the texts has nothing in it, or something unreadable
  public static Authorities read(String authorities, @Nullable String revocations)
      throws InvalidPemException {
    return new Authorities(
        Certificates.read(authorities),
        revocations == null ? List.of() : Certificates.revocations(revocations));
  }

  /// As [#read(String, String)].
  public static Authorities read(TrustConfig config) throws InvalidPemException {
    return read(config.authorities(), config.revocations());
  }
}
