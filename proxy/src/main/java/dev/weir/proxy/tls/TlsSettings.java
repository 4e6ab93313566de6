package dev.weir.proxy.tls;

import dev.weir.config.ListenerConfig.TlsVersion;
import dev.weir.config.TrustConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a listener speaks TLS, whatever its certificates. Equal ones speak alike. Immutable.
///
/// @param listener `namespace/name/listener`
/// @param ciphers suites of TLS 1.2 by their names of IANA
/// @param protocols what is spoken inside, as ALPN names it, in order of preference; none where
///   that is nobody's business
/// @param clients null asks them for no certificate
public record TlsSettings(
    String listener,
    TlsVersion minVersion,
    List<String> ciphers,
    List<String> protocols,
    @Nullable Clients clients) {

  public TlsSettings {
    ciphers = List.copyOf(ciphers);
    protocols = List.copyOf(protocols);
  }

  /// What is asked of clients.
  ///
  /// @param required whether one without a certificate is refused
  public record Clients(boolean required, TrustConfig trust) {}

  /// What is demanded of clients, equal where the demands are; null for nothing.
  @Nullable String demand() {
    Clients asked = clients;
    return asked == null
        ? null
        : digest(
            asked.required() + "\n" + asked.trust().authorities() + asked.trust().revocations());
  }

  /// What a session can be resumed with: the same listener and certificate, and the same demands on
  /// clients, so that nobody comes in with a ticket that was had for less. (The name that a client
  /// asks for needs no part in it: all names of a listener have the same demands.)
  byte[] sessionContext(String certificate) {
    return HexFormat.of().parseHex(digest(listener + "\n" + certificate + "\n" + demand()));
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
