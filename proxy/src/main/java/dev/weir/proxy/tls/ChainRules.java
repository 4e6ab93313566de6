package dev.weir.proxy.tls;

import dev.weir.config.pem.Authorities;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import javax.net.ssl.CertPathTrustManagerParameters;

/// How chains of certificates are checked (RFC 5280): up to an authority that was given, and
/// nothing in them is on a revocation list that was. Nobody is asked, so without a list of its
/// issuer a certificate is good.
final class ChainRules {

  private ChainRules() {}

  /// The rules for a factory of trust managers.
  static CertPathTrustManagerParameters of(Authorities authorities)
      throws GeneralSecurityException, IOException {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    for (X509Certificate each : authorities.certificates()) {
      anchors.setCertificateEntry(String.valueOf(anchors.size()), each);
    }
    var path = new PKIXBuilderParameters(anchors, new X509CertSelector());
    path.setRevocationEnabled(false);
    path.addCertPathChecker(new RevocationLists(authorities.revocations()));
    return new CertPathTrustManagerParameters(path);
  }
}
