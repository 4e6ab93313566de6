package dev.weir.proxy.exchange;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.AccessLog;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.metrics.PerLoopTraffic;
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
/// @param connector speaks with origins
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
    OriginConnector connector)
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
  public Duration patience() {
    return config.timeouts().header();
  }

  @Override
  public LiveConnection accept(Arrival arrival, LoopListener listener) {
    return protocol.accept(arrival, listener, this);
  }

  /// Where the request goes: the one place that routes. Null for nowhere.
  public @Nullable Route route(RequestHead request) {
    Route found = routes.find(request);
    return found == null ? fallback : found;
  }
}
