package dev.weir.controller.stream;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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
  private final @Nullable ServingCertificate serving;
  private final InstantSource clock;
  private volatile @Nullable Issued issued;

  /// @param key with which this process proves itself to other replicas
  /// @param chain the certificate of `key`, then those of its issuers
  /// @param servingKey with which it proves itself to whoever dials it
  /// @param servingChain the certificate of `servingKey`, then those of its issuers
  /// @param trusted who may sign the certificates of those who dial
  /// @param trustedReplicas who may sign the certificates of replicas that are dialled
  /// @param until when another one is made
  public record Current(
      PrivateKey key,
      List<X509Certificate> chain,
      PrivateKey servingKey,
      List<X509Certificate> servingChain,
      List<X509Certificate> trusted,
      List<X509Certificate> trustedReplicas,
      Instant until) {
    public Current {
      chain = List.copyOf(chain);
      servingChain = List.copyOf(servingChain);
      trusted = List.copyOf(trusted);
      trustedReplicas = List.copyOf(trustedReplicas);
    }

    @Override
    public String toString() {
      return "credentials until " + until;
    }
  }

  private record Issued(
      ControllerCa by, ServingCertificate.@Nullable Loaded serving, Current current) {}

  /// @param ca the one in force now
  /// @param names DNS names and IP addresses that peers dial
  /// @param serving what is shown to whoever dials; null for a certificate of the CA
  public TlsIdentity(
      Supplier<ControllerCa> ca,
      Set<String> names,
      InstantSource clock,
      @Nullable ServingCertificate serving) {
    this.ca = ca;
    this.serving = serving;
    this.names = Set.copyOf(names);
    this.clock = clock;
  }

  /// Those to be used now; the same object while they stay.
  public Current current() {
    Issued now = issued;
    return now != null && stands(now) ? now.current : renewed();
  }

  private boolean stands(Issued now) {
    return now.by == ca.get()
        && now.serving == shown()
        && clock.instant().isBefore(now.current.until);
  }

  private synchronized Current renewed() {
    Issued now = issued;
    if (now != null && stands(now)) {
      return now.current;
    }
    ControllerCa by = ca.get();
    ServingCertificate.Loaded shown = shown();
    ControllerCa.ServerCertificate made = by.issue(names, clock.instant());
    List<X509Certificate> own = List.of(made.certificate());
    List<X509Certificate> replicas = new ArrayList<>(by.trusted());
    if (shown != null) {
      replicas.addAll(shown.authorities());
    }
    var current =
        new Current(
            made.key(),
            own,
            shown == null ? made.key() : shown.key(),
            shown == null ? own : shown.chain(),
            by.trusted(),
            replicas,
            made.renewAfter());
    issued = new Issued(by, shown, current);
    LOG.info("issued a certificate of this process, to be renewed after {}", current.until);
    return current;
  }

  private ServingCertificate.@Nullable Loaded shown() {
    return serving == null ? null : serving.current();
  }
}
