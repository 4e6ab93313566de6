package dev.weir.proxy.tls;

import dev.weir.config.Addresses;
import dev.weir.config.pem.CommonName;
import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// Whom a certificate is for, by RFC 9525: its DNS names and IP addresses, where `*.` in front
/// stands for exactly one label. One that has no alternative names at all is for the common name of
/// its subject, as private authorities still make them. Pure.
final class PeerIdentity {
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private PeerIdentity() {}

  /// Whether the certificate is for the name.
  ///
  /// @param name a DNS name or an IP address
  static boolean matches(X509Certificate certificate, String name) {
    InetAddress address = Addresses.literal(name);
    return names(certificate).stream()
        .anyMatch(
            one ->
                address == null
                    ? matches(one, name.toLowerCase(Locale.ROOT))
                    : address.equals(Addresses.literal(one)));
  }

  /// The DNS names and IP addresses that the certificate is for.
  static List<String> names(X509Certificate certificate) {
    var names = new ArrayList<String>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives == null) {
        String common = CommonName.of(certificate);
        return common == null ? List.of() : List.of(common);
      }
      for (List<?> one : alternatives) {
        if (one.get(0) instanceof Integer kind
            && (kind == DNS_NAME || kind == IP_ADDRESS)
            && one.get(1) instanceof String text) {
          names.add(text);
        }
      }
    } catch (CertificateParsingException e) {
      return List.of();
    }
    return names;
  }

  private static boolean matches(String pattern, String name) {
    String lower = pattern.toLowerCase(Locale.ROOT);
    if (!lower.startsWith("*.")) {
      return lower.equals(name);
    }
    int label = name.indexOf('.');
    String rest = lower.substring(1);
    return label > 0 && rest.indexOf('.', 1) > 0 && rest.equals(name.substring(label));
  }
}
