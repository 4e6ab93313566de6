package dev.weir.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happens with the connections of one bind, or with those of them that are for its hosts.
///
/// @param name unique in its LoadBalancer
/// @param bind the [BindConfig#id] that it accepts on, perhaps with others: see [BindClaims]
/// @param hosts lower case, without a port, each a name or `*.` and a name: what it takes; empty
///   for every host that no other listener of the bind has
/// @param passthrough with TCP: TLS is looked at and not ended, so that hosts and routes choose by
///   the name that the client asks for
/// @param defaultPool the pool that takes what no route takes; null: HTTP answers 404
/// @param versions which HTTP is spoken; means nothing to TCP
/// @param limits what clients may use of the proxy
/// @param proxyProtocol every connection starts with a PROXY header; null: none does
/// @param requestHeaders edits before those of route and pool; null for none, and with TCP
/// @param responseHeaders as `requestHeaders`
/// @param tls null for none
public record ListenerConfig(
    String name,
    String bind,
    List<String> hosts,
    Protocol protocol,
    boolean passthrough,
    @Nullable String defaultPool,
    Forwarded forwarded,
    Versions versions,
    Timeouts timeouts,
    Limits limits,
    AccessLog accessLog,
    @Nullable ProxyProtocol proxyProtocol,
    @Nullable HeaderEditsConfig requestHeaders,
    @Nullable HeaderEditsConfig responseHeaders,
    @Nullable Tls tls) {

  public ListenerConfig {
    hosts = List.copyOf(hosts);
  }

  /// Whether routes may belong to it: it sees what they choose by.
  public boolean routes() {
    return protocol == Protocol.HTTP || passthrough;
  }

  /// What a listener speaks.
  public enum Protocol {
    HTTP,
    TCP
  }

  /// Which headers announce the client to the origin.
  public enum ForwardedHeaders {
    XForwarded,
    Forwarded,
    None
  }

  /// The access log's line format.
  public enum LogFormat {
    JSON,
    HTTPLog,
    TCPLog,
    None
  }

  /// How the client is announced to the origin.
  ///
  /// @param trust networks in CIDR notation whose own forwarding headers are kept and appended to;
  ///   everyone else's are replaced
  public record Forwarded(ForwardedHeaders headers, List<String> trust) {
    public Forwarded {
      trust = List.copyOf(trust);
    }
  }

  /// Which HTTP clients may speak.
  ///
  /// @param http1 HTTP/1.0 and 1.1
  /// @param http2 HTTP/2, which clients announce by its first bytes or by ALPN
  /// @param streams of one HTTP/2 connection that may be open at a time
  /// @param connect whether CONNECT is passed on to endpoints
  public record Versions(boolean http1, boolean http2, int streams, boolean connect) {

    /// Without CONNECT.
    public Versions(boolean http1, boolean http2, int streams) {
      this(http1, http2, streams, false);
    }
  }

  /// Deadlines of the client's side.
  ///
  /// @param header from the first byte of a request (or the accept) to the end of its head
  /// @param keepAlive from a response to the first byte of the next request
  /// @param idle without any progress on the client's side while a message is under way; TCP: in
  ///   either direction
  /// @param tunnelIdle without a byte in either direction after an upgrade
  /// @param drain how long connections may live on after their listener is gone or the process is
  ///   told to stop
  /// @param request for a whole request, from its first byte to the last of its response; null for
  ///   none
  public record Timeouts(
      Duration header,
      Duration keepAlive,
      Duration idle,
      Duration tunnelIdle,
      Duration drain,
      @Nullable Duration request) {}

  /// What clients may use of the proxy; sizes in bytes.
  ///
  /// @param connections open ones per proxy process, 0 for no limit; at the limit the listener
  ///   stops accepting
  /// @param connectionsPerClient open ones of one client per proxy process, 0 for no limit; more
  ///   are closed at once
  /// @param headSize of a request, its final empty line included
  /// @param headers fields of a request
  /// @param bodySize of a request, 0 for no limit
  /// @param bodyRate bytes a second that a request's body must bring, 0 for no minimum
  public record Limits(
      int connections,
      int connectionsPerClient,
      int headSize,
      int headers,
      long bodySize,
      long bodyRate) {}

  /// Who may say who the client is.
  ///
  /// @param from networks in CIDR notation; everyone else's connections are closed
  public record ProxyProtocol(List<String> from) {
    public ProxyProtocol {
      from = List.copyOf(from);
    }
  }

  /// How TLS is spoken with clients.
  ///
  /// @param certificates names of resources ([CertificateConfig#name]); the first one is for
  ///   clients that ask for no name or an unknown one, if they are let in
  /// @param ciphers suites of TLS 1.2 by their names of IANA, in order of preference
  /// @param clientAuth null asks clients for no certificate
  /// @param knownNamesOnly whether clients that ask for no name or an unknown one are refused
  public record Tls(
      List<String> certificates,
      TlsVersion minVersion,
      List<String> ciphers,
      @Nullable ClientAuth clientAuth,
      boolean knownNamesOnly) {
    public Tls {
      certificates = List.copyOf(certificates);
      ciphers = List.copyOf(ciphers);
    }
  }

  /// A version of TLS.
  public enum TlsVersion {
    TLS12,
    TLS13
  }

  /// What is asked of clients.
  ///
  /// @param required whether a client without a certificate is refused; one whose certificate
  ///   cannot be verified always is
  /// @param trust the name of a resource ([TrustConfig#name])
  public record ClientAuth(boolean required, String trust) {}

  /// How requests and connections are logged.
  ///
  /// @param skipEmpty no line for a connection that carried no byte
  public record AccessLog(LogFormat format, boolean skipEmpty) {}
}
