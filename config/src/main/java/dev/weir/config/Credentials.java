package dev.weir.config;

import java.util.List;
import java.util.Set;
import java.util.TreeMap;

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

  /// These, and earlier ones in the place of those that are wanted and not among these.
  ///
  /// @param wanted names of resources
  public Credentials orEarlier(Credentials earlier, Set<String> wanted) {
    var byName = new TreeMap<String, CertificateConfig>();
    earlier.certificates().forEach(one -> byName.put(one.name(), one));
    var trusted = new TreeMap<String, TrustConfig>();
    earlier.trusts().forEach(one -> trusted.put(one.name(), one));
    byName.keySet().retainAll(wanted);
    trusted.keySet().retainAll(wanted);
    certificates.forEach(one -> byName.put(one.name(), one));
    trusts.forEach(one -> trusted.put(one.name(), one));
    return new Credentials(List.copyOf(byName.values()), List.copyOf(trusted.values()));
  }
}
