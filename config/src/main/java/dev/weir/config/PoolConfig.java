package dev.weir.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A named group of endpoints with one balancing policy.
///
/// @param name unique in its LoadBalancer
/// @param protocol what endpoints speak; without meaning for the pools of TCP listeners
/// @param health null when there are no active checks: endpoints then count as healthy
/// @param connections what endpoints get at once
/// @param queue where requests wait when every usable endpoint, or the pool, is at its limit
/// @param retries further endpoints that are tried after a failed connect when nothing was sent; 0
///   for none
/// @param localEndpoints whether endpoints may be, or resolve to, loopback, link-local, unspecified
///   or multicast addresses: false from Kubernetes, where the proxy checks it again when it has
///   resolved a name
/// @param requestHeaders edits after those of listener and route; null for none
/// @param responseHeaders as `requestHeaders`
/// @param tls how endpoints are spoken to; null for plain TCP
/// @param proxyProtocol the version of the PROXY header that connections to endpoints start with;
///   null for none
public record PoolConfig(
    String name,
    Protocol protocol,
    Algorithm algorithm,
    @Nullable HealthCheck health,
    Connections connections,
    Queue queue,
    int retries,
    Timeouts timeouts,
    boolean localEndpoints,
    @Nullable HeaderEditsConfig requestHeaders,
    @Nullable HeaderEditsConfig responseHeaders,
    @Nullable Tls tls,
    @Nullable ProxyProtocol proxyProtocol) {

  /// What endpoints speak.
  public enum Protocol {
    HTTP1,
    HTTP2
  }

  /// Balancing algorithms.
  public enum Algorithm {
    RoundRobin,
    LeastConnections
  }

  /// Versions of the PROXY protocol.
  public enum ProxyProtocol {
    V1,
    V2
  }

  /// How TLS is spoken with endpoints.
  ///
  /// @param serverName what endpoints are asked for (SNI) and their certificates must be for; null
  ///   for the address of each
  /// @param verified whether certificates are checked: false takes anybody for the endpoint
  /// @param trust the name of a resource ([TrustConfig#name]); null for the authorities that the
  ///   Java runtime trusts
  /// @param certificate the name of a resource ([CertificateConfig#name]) that endpoints are shown
  ///   when they ask; null for none
  /// @param ciphers suites of TLS 1.2 by their names of IANA, in order of preference
  public record Tls(
      @Nullable String serverName,
      boolean verified,
      @Nullable String trust,
      @Nullable String certificate,
      ListenerConfig.TlsVersion minVersion,
      List<String> ciphers) {
    public Tls {
      ciphers = List.copyOf(ciphers);
    }
  }

  /// The name of this pool's [EndpointsConfig] resource: `namespace/name/pool`.
  public String resourceName(String loadBalancer) {
    return loadBalancer + "/" + name;
  }

  /// Active checks.
  ///
  /// @param probe what is sent and what counts as success
  /// @param interval from the end of one check to the start of the next
  /// @param timeout for a whole check, connect included
  /// @param rise successes in a row that bring an endpoint back
  /// @param fall failures in a row that take it out
  public record HealthCheck(Probe probe, Duration interval, Duration timeout, int rise, int fall) {}

  /// One kind of check.
  public sealed interface Probe {
    /// Opens a connection and closes it.
    record Tcp() implements Probe {}

    /// Opens a connection, shakes hands as the pool's TLS says, and closes it.
    record Tls() implements Probe {}

    /// Sends one request over HTTP/1.1 with `Connection: close`, within TLS when the pool has it.
    ///
    /// @param host the Host header; null for the endpoint's own address and port
    /// @param statuses the codes that count as success
    record Http(String method, String path, @Nullable String host, List<StatusRange> statuses)
        implements Probe {
      public Http {
        statuses = List.copyOf(statuses);
      }
    }
  }

  /// Status codes from `first` to `last`, both included.
  public record StatusRange(int first, int last) {}

  /// What endpoints get at once per proxy process: requests (HTTP) or connections (TCP).
  ///
  /// @param perEndpoint for each endpoint that has no limit of its own, 0 for no limit
  /// @param total for all together, 0 for no limit
  public record Connections(int perEndpoint, int total) {
    /// No limits.
    public static final Connections UNLIMITED = new Connections(0, 0);
  }

  /// Where requests wait.
  ///
  /// @param length how many may wait; 0 for none
  public record Queue(int length, Duration timeout) {}

  /// Deadlines of the origin's side.
  ///
  /// @param connect to establish a connection to an endpoint
  /// @param response from the end of the request to the head of the response
  /// @param idle without any progress on the origin's side while a message is under way
  /// @param keepAlive how long an unused connection to an endpoint is kept
  public record Timeouts(Duration connect, Duration response, Duration idle, Duration keepAlive) {}
}
