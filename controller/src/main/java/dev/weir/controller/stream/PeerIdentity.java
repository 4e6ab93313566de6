package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who a peer's certificate says it is, by a URI among its alternative names:
/// `spiffe://weir.dev/controller`, `spiffe://weir.dev/fleets/NAME` or
/// `spiffe://weir.dev/loadbalancers/NAMESPACE/NAME`. That the certificate is from the controller's
/// CA is TLS's business.
public sealed interface PeerIdentity {
  /// What all of these URIs start with.
  String PREFIX = "spiffe://weir.dev/";

  /// The URI of a controller.
  String CONTROLLER = PREFIX + "controller";

  /// Another replica of this controller.
  record Replica() implements PeerIdentity {}

  /// A proxy of that group.
  record Proxy(ProxyGroup group) implements PeerIdentity {}

  /// The URI of a proxy of the group.
  static String uri(ProxyGroup group) {
    return PREFIX + group.path().substring(ProxyGroup.PREFIX.length());
  }

  /// Who the certificate belongs to; null when it names nobody, or more than one.
  static @Nullable PeerIdentity of(X509Certificate certificate) {
    PeerIdentity found = null;
    for (String uri : uris(certificate)) {
      if (!uri.startsWith(PREFIX)) {
        continue;
      }
      PeerIdentity named = named(uri);
      if (named == null || found != null) {
        return null;
      }
      found = named;
    }
    return found;
  }

  private static @Nullable PeerIdentity named(String uri) {
    if (uri.equals(CONTROLLER)) {
      return new Replica();
    }
    try {
      return new Proxy(ProxyGroup.parse(ProxyGroup.PREFIX + uri.substring(PREFIX.length())));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static List<String> uris(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> Integer.valueOf(6).equals(name.get(0)))
              .map(name -> String.valueOf(name.get(1)))
              .toList();
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }
}
