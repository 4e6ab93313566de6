package dev.weir.config.pem;

import java.io.ByteArrayInputStream;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/// Reads X.509 out of PEM.
final class Certificates {

  private Certificates() {}

  /// The certificates of a text; at least one.
  static List<X509Certificate> read(String text) throws InvalidPemException {
    var found = new ArrayList<X509Certificate>();
    for (var block : Pem.blocks(text)) {
      switch (block.label()) {
        case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE" ->
            found.add(certificate(block.der(), found.size() + 1));
        default -> {}
      }
    }
    if (found.isEmpty()) {
      throw new InvalidPemException("there is no block CERTIFICATE");
    }
    return found;
  }

  private static X509Certificate certificate(byte[] der, int number) throws InvalidPemException {
    try {
      return (X509Certificate) factory().generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new InvalidPemException("certificate " + number + " cannot be read");
    }
  }

  /// The revocation lists of a text; at least one.
  static List<X509CRL> revocations(String text) throws InvalidPemException {
    var found = new ArrayList<X509CRL>();
    for (var block : Pem.blocks(text)) {
      if (block.label().equals("X509 CRL")) {
        try {
          found.add((X509CRL) factory().generateCRL(new ByteArrayInputStream(block.der())));
        } catch (CRLException e) {
          throw new InvalidPemException(
              "revocation list " + (found.size() + 1) + " cannot be read");
        }
      }
    }
    if (found.isEmpty()) {
      throw new InvalidPemException("there is no block X509 CRL");
    }
    return found;
  }

  private static CertificateFactory factory() {
    try {
      return CertificateFactory.getInstance("X.509");
    } catch (CertificateException e) {
      throw new IllegalStateException("every JDK has X.509", e);
    }
  }
}
