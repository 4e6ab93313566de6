package dev.weir.config;

/// A certificate and its private key: a resource of its own, so that it can be rotated without its
/// LoadBalancer.
///
/// @param name the resource's name, `namespace/name/id`; the id says where it came from
/// @param chain PEM: the certificate, then those that lead to its issuer
/// @param privateKey PEM, not encrypted; never part of a text that somebody may read
public record CertificateConfig(String name, String chain, String privateKey) {

  /// Without the key.
  @Override
  public String toString() {
    return "CertificateConfig[" + name + "]";
  }
}
