package dev.weir.proxy.tls;

import dev.weir.config.pem.Authorities;
import dev.weir.config.pem.ServerTrust;
import dev.weir.proxy.message.Failure;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Decides whether an endpoint is who it should be: a chain to a trusted authority (RFC 5280), in
/// date, not revoked, for the name that the engine was made with. Thread: any.
final class OriginTrust extends ServerTrust {
  private final X509TrustManager chains;

  private OriginTrust(X509TrustManager chains) {
    this.chains = chains;
  }

  /// @param authorities null for those that the Java runtime trusts
  static OriginTrust in(@Nullable Authorities authorities) {
    try {
      var factory = TrustManagerFactory.getInstance("PKIX");
      if (authorities == null) {
        factory.init((KeyStore) null);
      } else {
        factory.init(ChainRules.of(authorities));
      }
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager found) {
          return new OriginTrust(found);
        }
      }
      throw new IllegalStateException("every JDK verifies X.509");
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every JDK verifies X.509", e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
      throws CertificateException {
    try {
      chains.checkServerTrusted(chain, kind);
      chain[0].checkValidity();
    } catch (CertificateException e) {
      throw refused(chain, e);
    }
    String name = engine.getPeerHost();
    if (!PeerIdentity.matches(chain[0], name)) {
      throw new RefusedCertificate(
          Failure.ORIGIN_CERTIFICATE_MISMATCH,
          "certificate is for %s, not for %s"
              .formatted(shown(PeerIdentity.names(chain[0]).toString()), name));
    }
  }

  private static RefusedCertificate refused(X509Certificate[] chain, CertificateException problem) {
    if (revoked(problem)) {
      return new RefusedCertificate(Failure.ORIGIN_CERTIFICATE_REVOKED, "certificate is revoked");
    }
    for (X509Certificate each : chain) {
      try {
        each.checkValidity();
      } catch (CertificateExpiredException e) {
        return new RefusedCertificate(
            Failure.ORIGIN_CERTIFICATE_EXPIRED,
            "certificate expired on " + each.getNotAfter().toInstant());
      } catch (CertificateNotYetValidException e) {
        return new RefusedCertificate(
            Failure.ORIGIN_CERTIFICATE_EXPIRED,
            "certificate is not valid before " + each.getNotBefore().toInstant());
      }
    }
    return new RefusedCertificate(
        Failure.ORIGIN_CERTIFICATE_UNTRUSTED,
        "certificate comes from an unknown authority, "
            + shown(chain[chain.length - 1].getIssuerX500Principal().getName()));
  }

  private static boolean revoked(Throwable problem) {
    for (Throwable each = problem; each != null; each = each.getCause()) {
      if (each instanceof CertPathValidatorException invalid
          && invalid.getReason() == CertPathValidatorException.BasicReason.REVOKED) {
        return true;
      }
    }
    return false;
  }

  /// What the peer wrote, for a log: visible ASCII, and not much of it.
  private static String shown(String text) {
    String visible = text.replaceAll("[^ -~]", "?");
    return visible.length() > 200 ? visible.substring(0, 200) + "…" : visible;
  }
}
