package dev.weir.proxy.net;

import org.jspecify.annotations.Nullable;

/// What a TLS handshake with a client agreed on. Immutable. Thread: any.
///
/// @param version as OpenSSL writes it: `TLSv1.2`, `TLSv1.3`
/// @param cipher its name of IANA: `TLS_AES_128_GCM_SHA256`
/// @param name the server name that the client asked for, in lower case; null when it named none
/// @param protocol what ALPN chose: `h2`, `http/1.1`; null when the client offered nothing that we
///   speak
/// @param demand what was demanded of the client, equal where the demands are; null when nothing
///   was
/// @param client who the client proved to be; null when it showed no certificate
public record TlsFacts(
    String version,
    String cipher,
    @Nullable String name,
    @Nullable String protocol,
    @Nullable String demand,
    @Nullable Certificate client) {

  /// A certificate of a client that was verified; names are visible ASCII, other characters written
  /// as `\` and two hexadecimal digits for each byte of their UTF-8.
  ///
  /// @param subject its distinguished name (RFC 2253)
  /// @param issuer the distinguished name of who signed it
  /// @param serial its number in hexadecimal digits
  /// @param fingerprint SHA-256 of its DER bytes, 64 lowercase hexadecimal digits
  public record Certificate(String subject, String issuer, String serial, String fingerprint) {}
}
