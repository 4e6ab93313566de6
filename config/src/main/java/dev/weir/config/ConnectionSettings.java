package dev.weir.config;

import dev.weir.config.ListenerConfig.Protocol;
import dev.weir.config.ListenerConfig.ProxyProtocol;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What of a listener holds for a connection before anybody knows which listener of its bind it is
/// for. Listeners that share a bind must agree in it.
///
/// @param tls whether it is TLS
/// @param passthrough whether TLS is looked at and not ended
/// @param header see [ListenerConfig.Timeouts]
/// @param connections of the bind; see [ListenerConfig.Limits], as for the rest
public record ConnectionSettings(
    Protocol protocol,
    boolean tls,
    boolean passthrough,
    Duration header,
    int connections,
    int connectionsPerClient,
    int headSize,
    int headers,
    ListenerConfig.Versions versions,
    @Nullable ProxyProtocol proxyProtocol) {

  /// Those of a listener.
  public static ConnectionSettings of(ListenerConfig listener) {
    var limits = listener.limits();
    return new ConnectionSettings(
        listener.protocol(),
        listener.tls() != null || listener.passthrough(),
        listener.passthrough(),
        listener.timeouts().header(),
        limits.connections(),
        limits.connectionsPerClient(),
        limits.headSize(),
        limits.headers(),
        listener.versions(),
        listener.proxyProtocol());
  }

  /// The first field, in manifest terms, in which others differ; null when they agree.
  public @Nullable String difference(ConnectionSettings other) {
    if (protocol != other.protocol) {
      return "protocol";
    }
    if (tls != other.tls) {
      return "tls";
    }
    if (passthrough != other.passthrough) {
      return "tls.mode";
    }
    if (!header.equals(other.header)) {
      return "timeouts.header";
    }
    if (connections != other.connections) {
      return "limits.connections";
    }
    if (connectionsPerClient != other.connectionsPerClient) {
      return "limits.connectionsPerClient";
    }
    if (headSize != other.headSize) {
      return "http.maxHeadSize";
    }
    if (headers != other.headers) {
      return "http.maxHeaders";
    }
    if (versions.connect() != other.versions.connect()) {
      return "http.allowConnect";
    }
    if (versions.streams() != other.versions.streams()) {
      return "limits.streams";
    }
    if (!versions.equals(other.versions)) {
      return "http.versions";
    }
    return Objects.equals(proxyProtocol, other.proxyProtocol) ? null : "proxyProtocol";
  }
}
