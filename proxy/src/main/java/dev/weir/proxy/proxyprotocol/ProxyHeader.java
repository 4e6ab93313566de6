package dev.weir.proxy.proxyprotocol;

import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a PROXY header says. Immutable.
///
/// @param source the client: an IP address and port or a unix socket, whose path is empty when it
///   has no name that is visible ASCII; null when the connection's own addresses are the right ones
///   (LOCAL, UNKNOWN, UNSPEC)
/// @param destination what the client connected to; null exactly when `source` is
/// @param authority the name that the client asked for, the SNI of TLS; null when nobody said
/// @param alpn the protocol that the client and the proxy agreed on; null when nobody said
/// @param uniqueId what the proxy calls the connection; null when nobody said
/// @param tls the client's TLS; null when it came without, or nobody said
/// @param others fields that mean something to others, to be passed on as they are
public record ProxyHeader(
    @Nullable SocketAddress source,
    @Nullable SocketAddress destination,
    @Nullable String authority,
    @Nullable String alpn,
    @Nullable String uniqueId,
    @Nullable ClientTls tls,
    List<Other> others) {

  /// A connection that the proxy opened for itself: a health check.
  public static final ProxyHeader LOCAL = new ProxyHeader(null, null, null, null, null, null);

  public ProxyHeader {
    others = List.copyOf(others);
    if ((source == null) != (destination == null)) {
      throw new IllegalArgumentException("a source and a destination, or neither");
    }
  }

  /// A header without fields that mean something to others.
  public ProxyHeader(
      @Nullable SocketAddress source,
      @Nullable SocketAddress destination,
      @Nullable String authority,
      @Nullable String alpn,
      @Nullable String uniqueId,
      @Nullable ClientTls tls) {
    this(source, destination, authority, alpn, uniqueId, tls, List.of());
  }

  /// A field that is not known here.
  ///
  /// @param type from 0 to 255
  /// @param value its bytes, each as one character
  public record Other(int type, String value) {}

  /// This header, whose connection is called so unless it has a name already.
  public ProxyHeader called(String id) {
    return uniqueId != null
        ? this
        : new ProxyHeader(source, destination, authority, alpn, id, tls, others);
  }

  /// A client of which only the addresses are known.
  public static ProxyHeader of(SocketAddress source, SocketAddress destination) {
    return new ProxyHeader(source, destination, null, null, null, null);
  }

  /// The TLS between the client and the proxy.
  ///
  /// @param certificate whether the client showed a certificate on this connection
  /// @param resumedCertificate whether it showed one at least once in the session
  /// @param verified whether the certificate was verified; true without one
  /// @param version as OpenSSL calls it, `TLSv1.3`; null when nobody said
  /// @param cipher as OpenSSL calls it; null when nobody said
  /// @param commonName of the client certificate's subject; null when nobody said
  /// @param signature the algorithm that the certificate is signed with, `SHA256`; null when nobody
  ///   said
  /// @param key the certificate's kind of key, `RSA2048`; null when nobody said
  public record ClientTls(
      boolean certificate,
      boolean resumedCertificate,
      boolean verified,
      @Nullable String version,
      @Nullable String cipher,
      @Nullable String commonName,
      @Nullable String signature,
      @Nullable String key) {}
}
