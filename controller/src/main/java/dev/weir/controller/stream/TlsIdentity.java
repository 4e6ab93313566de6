package dev.weir.controller.stream;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// With what this controller process proves itself, to proxies and to other replicas, and whose
/// certificates it trusts: always one that is valid, renewed before it ends. Safe for use by any
/// thread.
public final class TlsIdentity {
  private static final Logger LOG = LoggerFactory.getLogger(TlsIdentity.class);

  private final Supplier<ControllerCa> ca;
  private final Set<String> names;
  private final InstantSource clock;
  private volatile @Nullable Issued issued;

  /// @param chain the certificate of `key`, then those of its issuers
  /// @param trusted who may sign peers' certificates
  /// @param until when another one is made
  public record Current(
      PrivateKey key, List<X509Certificate> chain, List<X509Certificate> trusted, Instant until) {
    public Current {
      chain = List.copyOf(chain);
      trusted = List.copyOf(trusted);
    }

    @Override
    public String toString() {
      return "credentials until " + until;
    }
  }

  private record Issued(ControllerCa by, Current current) {}

  /// @param ca the one in force now
  /// @param names DNS names and IP addresses that peers dial
  public TlsIdentity(Supplier<ControllerCa> ca, Set<String> names, InstantSource clock) {
    this.ca = ca;
    this.names = Set.copyOf(names);
    this.clock = clock;
  }

  /// Those to be used now; the same object while they stay.
  public Current current() {
    Issued now = issued;
    return now != null && stands(now) ? now.current : renewed();
  }

  private boolean stands(Issued now) {
    return now.by == ca.get() && clock.instant().isBefore(now.current.until);
  }

  private synchronized Current renewed() {
    Issued now = issued;
    if (now != null && stands(now)) {
      return now.current;
    }
    ControllerCa by = ca.get();
    ControllerCa.ServerCertificate made = by.issue(names, clock.instant());
    var current =
        new Current(made.key(), List.of(made.certificate()), by.trusted(), made.renewAfter());
    issued = new Issued(by, current);
    LOG.info("issued a server certificate, to be renewed after {}", current.until);
    return current;
  }
}
