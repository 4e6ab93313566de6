package dev.weir.proxy.tls;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Refuses what is on a revocation list (RFC 5280 section 5) of its issuer, as far as lists were
/// given; a list that should have been replaced by now still counts. Lists come from the
/// configuration and so are trusted as the authorities beside them are. Thread: any, one chain at a
/// time.
final class RevocationLists extends PKIXCertPathChecker {
  private final List<X509CRL> lists;

  RevocationLists(List<X509CRL> lists) {
    this.lists = List.copyOf(lists);
  }

  @Override
  public void init(boolean forward) {}

  @Override
  public boolean isForwardCheckingSupported() {
    return true;
  }

  @Override
  public @Nullable Set<String> getSupportedExtensions() {
    return null;
  }

  @Override
  public void check(Certificate certificate, Collection<String> unresolved)
      throws CertPathValidatorException {
    if (!(certificate instanceof X509Certificate x509)) {
      return;
    }
    for (X509CRL list : lists) {
      if (list.getIssuerX500Principal().equals(x509.getIssuerX500Principal())
          && list.isRevoked(x509)) {
        throw new CertPathValidatorException("it is revoked", null, null, -1, BasicReason.REVOKED);
      }
    }
  }
}
