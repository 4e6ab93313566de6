package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.EndpointSpec;
import dev.weir.api.v1alpha1.PoolSpec;
import dev.weir.api.v1alpha1.PoolTlsSpec;
import dev.weir.config.Addresses;
import dev.weir.config.PoolConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Renders what pools say of TLS. Used by one thread and thrown away.
final class TlsPools {
  private final CredentialReferences credentials;
  private final TlsListeners shared;
  private final Problems problems;

  TlsPools(CredentialReferences credentials, Problems problems) {
    this.credentials = credentials;
    this.shared = new TlsListeners(credentials, problems);
    this.problems = problems;
  }

  /// @param path of the field
  PoolConfig.@Nullable Tls render(PoolSpec pool, String path) {
    var tls = pool.tls();
    if (tls == null) {
      return null;
    }
    boolean verified = requireNonNullElse(tls.verify(), Defaults.ORIGIN_VERIFY);
    if (!verified && tls.ca() != null) {
      problems.refuse(path + ".ca", "TlsInvalid", "ca has no meaning with verify: false");
    }
    checkName(pool, tls, verified, path + ".serverName");
    return new PoolConfig.Tls(
        tls.serverName(),
        verified,
        tls.ca() == null ? null : credentials.trust(tls.ca(), path + ".ca"),
        tls.certificate() == null
            ? null
            : credentials.certificate(tls.certificate(), path + ".certificate"),
        TlsListeners.version(tls.minVersion()),
        shared.ciphers(tls.ciphers(), path + ".ciphers"));
  }

  private void checkName(PoolSpec pool, PoolTlsSpec tls, boolean verified, String path) {
    var name = tls.serverName();
    if (name == null) {
      boolean sockets =
          requireNonNullElse(pool.endpoints(), List.<EndpointSpec>of()).stream()
              .anyMatch(endpoint -> Addresses.isUnix(endpoint.address()));
      if (sockets && verified) {
        problems.refuse(
            path,
            "ServerNameRequired",
            "a unix socket has no name that a certificate could be for: serverName must be set");
      }
    } else if (Addresses.literal(name) == null && !Addresses.isDnsName(name)) {
      problems.refuse(
          path, "InvalidServerName", "'" + name + "' is neither a DNS name nor an IP address");
    }
  }
}
