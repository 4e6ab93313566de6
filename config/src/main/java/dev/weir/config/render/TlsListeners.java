package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.CertificateSpec;
import dev.weir.api.v1alpha1.ClientAuthSpec;
import dev.weir.api.v1alpha1.ListenerSpec;
import dev.weir.api.v1alpha1.TlsSpec;
import dev.weir.config.CipherSuites;
import dev.weir.config.ListenerConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Renders what listeners say of TLS. Used by one thread and thrown away.
final class TlsListeners {
  private final CredentialReferences credentials;
  private final Problems problems;

  TlsListeners(CredentialReferences credentials, Problems problems) {
    this.credentials = credentials;
    this.problems = problems;
  }

  /// @param path of the listener
  ListenerConfig.@Nullable Tls render(ListenerSpec listener, String path) {
    var tls = listener.tls();
    if (tls == null || passthrough(listener)) {
      return null;
    }
    var certificates = requireNonNullElse(tls.certificates(), List.<CertificateSpec>of());
    var at = path + ".tls";
    var names = new LinkedHashSet<String>();
    for (int i = 0; i < certificates.size(); i++) {
      names.addAll(credentials.certificates(certificates.get(i), at + ".certificates[" + i + "]"));
    }
    return new ListenerConfig.Tls(
        List.copyOf(names),
        version(tls.minVersion()),
        ciphers(tls.ciphers(), at + ".ciphers"),
        clientAuth(tls.clientAuth(), at + ".clientAuth"),
        requireNonNullElse(tls.knownNamesOnly(), Defaults.KNOWN_NAMES_ONLY));
  }

  /// Whether the endpoint ends TLS.
  static boolean passthrough(ListenerSpec listener) {
    return listener.tls() != null && listener.tls().mode() == TlsSpec.Mode.Passthrough;
  }

  /// The oldest version that is spoken.
  static ListenerConfig.TlsVersion version(TlsSpec.@Nullable Version spec) {
    return switch (requireNonNullElse(spec, Defaults.MIN_TLS)) {
      case TLS12 -> ListenerConfig.TlsVersion.TLS12;
      case TLS13 -> ListenerConfig.TlsVersion.TLS13;
    };
  }

  /// The suites by their names of IANA; the usual ones for null.
  List<String> ciphers(@Nullable List<String> spec, String path) {
    if (spec == null) {
      return CipherSuites.USUAL;
    }
    var known = new ArrayList<String>();
    for (var cipher : spec) {
      var iana = CipherSuites.iana(cipher);
      if (iana != null) {
        known.add(iana);
      } else {
        problems.refuse(
            path + "[" + cipher + "]",
            "UnknownCipher",
            "'%s' is no cipher suite of TLS 1.2 that is spoken here; those are %s"
                .formatted(cipher, String.join(", ", CipherSuites.all())));
      }
    }
    return known;
  }

  private ListenerConfig.@Nullable ClientAuth clientAuth(
      @Nullable ClientAuthSpec spec, String path) {
    if (spec == null) {
      return null;
    }
    return new ListenerConfig.ClientAuth(
        requireNonNullElse(spec.mode(), Defaults.CLIENT_AUTH) == ClientAuthSpec.Mode.Required,
        credentials.trust(spec.ca(), path + ".ca"));
  }
}
