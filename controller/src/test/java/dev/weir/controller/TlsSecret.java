package dev.weir.controller;

import io.netty.pkitesting.X509Bundle;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// A Secret with a certificate and a key, as manifests of tests have it.
public final class TlsSecret {

  private TlsSecret() {}

  /// A certificate and its key.
  public static String manifest(String name, X509Bundle bundle) {
    return manifest(name, bundle, bundle);
  }

  /// A certificate and a key, that of another one perhaps.
  public static String manifest(String name, X509Bundle certificate, X509Bundle key) {
    return """
        apiVersion: v1
        kind: Secret
        metadata: {name: %s}
        type: kubernetes.io/tls
        data: {tls.crt: %s, tls.key: %s}
        """
        .formatted(
            name, base64(certificate.getCertificatePathPEM()), base64(key.getPrivateKeyPEM()));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
