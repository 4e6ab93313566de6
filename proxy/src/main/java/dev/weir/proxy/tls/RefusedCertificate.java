package dev.weir.proxy.tls;

import dev.weir.proxy.message.Failure;
import java.security.cert.CertificateException;

/// An endpoint's certificate is not accepted. The message is for people and starts with
/// "certificate".
final class RefusedCertificate extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final Failure failure;

  RefusedCertificate(Failure failure, String message) {
    super(message);
    this.failure = failure;
  }

  Failure failure() {
    return failure;
  }
}
