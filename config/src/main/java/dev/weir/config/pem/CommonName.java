package dev.weir.config.pem;

import java.security.cert.X509Certificate;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.jspecify.annotations.Nullable;

/// The common name in the subject of a certificate.
public final class CommonName {
  private CommonName() {}

  /// That of a certificate; null when it has none, or its subject cannot be read.
  public static @Nullable String of(X509Certificate certificate) {
    return of(certificate.getSubjectX500Principal().getName());
  }

  /// That of a subject in the form of RFC 2253; null when it has none, or cannot be read.
  public static @Nullable String of(String subject) {
    try {
      for (var part : new LdapName(subject).getRdns()) {
        if (part.getType().equalsIgnoreCase("CN")) {
          return String.valueOf(part.getValue());
        }
      }
      return null;
    } catch (InvalidNameException e) {
      return null;
    }
  }
}
