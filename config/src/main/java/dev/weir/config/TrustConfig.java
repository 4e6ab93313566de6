package dev.weir.config;

import org.jspecify.annotations.Nullable;

/// The authorities that certificates of peers are checked against: a resource of its own, so that
/// it can be rotated without its LoadBalancer.
///
/// @param name the resource's name, `namespace/name/id`; the id says where it came from
/// @param authorities PEM: certificates of authorities
/// @param revocations PEM: certificate revocation lists of these authorities; null for none
public record TrustConfig(String name, String authorities, @Nullable String revocations) {

  /// Without what is in it.
  @Override
  public String toString() {
    return "TrustConfig[" + name + "]";
  }
}
