package dev.weir.config;

import java.util.List;

/// What one LoadBalancer needs for TLS, in the order of their names.
///
/// @param certificates each once
/// @param trusts each once
public record Credentials(List<CertificateConfig> certificates, List<TrustConfig> trusts) {
  /// Nothing.
  public static final Credentials NONE = new Credentials(List.of(), List.of());

  public Credentials {
    certificates = List.copyOf(certificates);
    trusts = List.copyOf(trusts);
  }
}
