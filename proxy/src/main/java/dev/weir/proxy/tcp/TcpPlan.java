package dev.weir.proxy.tcp;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.AccessLog;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.upstream.Pool;
import java.time.Duration;
import java.util.List;

/// What a TCP listener does: relay each connection to the pool. Immutable.
///
/// @param traffic the listener's counters, the same across generations
/// @param stages what connections pass before they are relayed
public record TcpPlan(
    String loadBalancer,
    ListenerConfig config,
    Pool pool,
    PerLoopTraffic traffic,
    AccessLog accessLog,
    List<Stage> stages,
    OriginDialer dialer)
    implements ListenerPlan {

  public TcpPlan {
    stages = List.copyOf(stages);
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
    return Relay.start(arrival, listener, this);
  }
}
