package dev.weir.proxy.exchange;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.AccessLog;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.TlsFacts;
import dev.weir.proxy.route.HostTable;
import dev.weir.proxy.route.RouteTable;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an HTTP listener does, compiled from its configuration: a request captures it once.
/// Immutable.
///
/// @param routes by host and path
/// @param fallback takes what no route takes; null answers 404
/// @param trusted clients whose forwarding headers are kept
/// @param traffic the listener's counters, the same across generations
/// @param stages what connections pass before the protocol
/// @param protocol speaks with the client
/// @param http2 takes over when the client's first bytes are those of HTTP/2, which are passed on;
///   null when the listener does not speak it
/// @param connectors speak with origins
/// @param sharing the plans of the bind's listeners by host, where a request's host matters; null
///   where this one takes all
public record HttpPlan(
    String loadBalancer,
    ListenerConfig config,
    RouteTable<Route> routes,
    @Nullable Route fallback,
    Networks trusted,
    PerLoopTraffic traffic,
    AccessLog accessLog,
    List<Stage> stages,
    ClientProtocol protocol,
    @Nullable ClientProtocol http2,
    OriginConnectors connectors,
    @Nullable HostTable<HttpPlan> sharing)
    implements ListenerPlan {

  public HttpPlan {
    stages = List.copyOf(stages);
  }

  /// Speaks with clients: takes over a connection that is through all stages.
  public interface ClientProtocol {

    /// See [ListenerPlan#accept].
    LiveConnection accept(Arrival arrival, LoopListener listener, HttpPlan plan);
  }

  @Override
  public String listener() {
    return config.name();
  }

  @Override
  public boolean announced() {
    return config.proxyProtocol() != null;
  }

  @Override
  public Duration patience() {
    return config.timeouts().header();
  }

  @Override
  public LiveConnection accept(Arrival arrival, LoopListener listener) {
    return protocol.accept(arrival, listener, this);
  }

  /// Whose request it is: that of the listener which has its host. Nobody's requests belong to a
  /// plan that has no routes.
  public HttpPlan owner(RequestHead request) {
    return sharing == null
        ? this
        : sharing.find(request.bytes(), request.authorityStart(), request.hostEnd());
  }

  @Override
  public ListenerPlan meant(@Nullable String name) {
    if (sharing == null || name == null) {
      return this;
    }
    byte[] bytes = Ascii.bytes(name);
    return sharing.find(bytes, 0, bytes.length);
  }

  /// Whether a connection may carry requests of this listener: it was asked for what this one
  /// demands.
  ///
  /// @param tls null without TLS
  public boolean admits(@Nullable TlsFacts tls) {
    for (int i = 0; i < stages.size(); i++) {
      if (!stages.get(i).admits(tls)) {
        return false;
      }
    }
    return true;
  }

  /// Whether a client is announced to origins as it is under the other plan.
  public boolean forwardsLike(HttpPlan other) {
    return config.forwarded().equals(other.config.forwarded());
  }

  /// The same as the first of several on its bind: what it is asked before a request's host is
  /// known holds for all of them.
  ///
  /// @param newStages of all of them together
  public HttpPlan sharing(HostTable<HttpPlan> all, List<Stage> newStages) {
    return with(routes, fallback, newStages, all);
  }

  /// The same for requests that belong to no listener.
  public HttpPlan nobody() {
    return with(RouteTable.empty(), null, stages, null);
  }

  private HttpPlan with(
      RouteTable<Route> newRoutes,
      @Nullable Route newFallback,
      List<Stage> newStages,
      @Nullable HostTable<HttpPlan> newSharing) {
    return new HttpPlan(
        loadBalancer,
        config,
        newRoutes,
        newFallback,
        trusted,
        traffic,
        accessLog,
        newStages,
        protocol,
        http2,
        connectors,
        newSharing);
  }

  /// Where the request goes: the one place that routes. Null for nowhere.
  public @Nullable Route route(RequestHead request) {
    Route found = routes.find(request);
    return found == null ? fallback : found;
  }
}
