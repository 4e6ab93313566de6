package dev.weir.proxy.runtime;

import dev.weir.config.BindConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.PoolConfig;
import dev.weir.proxy.accesslog.AccessLogs;
import dev.weir.proxy.dns.Names;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.exchange.Networks;
import dev.weir.proxy.exchange.OriginConnectors;
import dev.weir.proxy.health.HealthChecker;
import dev.weir.proxy.http1.Http1ClientConnection;
import dev.weir.proxy.http1.Http1Connector;
import dev.weir.proxy.http2.Http2ClientConnection;
import dev.weir.proxy.http2.Http2Connector;
import dev.weir.proxy.listener.ConnectionLimit;
import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.ListenerSettings;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.OriginSockets;
import dev.weir.proxy.route.HostTable;
import dev.weir.proxy.stage.ProxyHeaderStage;
import dev.weir.proxy.tcp.TcpPlan;
import dev.weir.proxy.upstream.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// Builds what runs from what is configured: the only place that knows every package. Thread: the
/// apply thread.
final class Assembler {
  private final EventLoops loops;
  private final AccessLogs accessLogs;
  private final ConnectionLimit processLimit;
  private final Names names;
  private final HealthChecker health;
  private final OriginSockets sockets;
  private final OriginConnectors connectors;
  private final Set<LivePool> pools = ConcurrentHashMap.newKeySet();

  Assembler(
      EventLoops loops,
      AccessLogs accessLogs,
      ConnectionLimit processLimit,
      Names names,
      HealthChecker health) {
    this.loops = loops;
    this.accessLogs = accessLogs;
    this.processLimit = processLimit;
    this.names = names;
    this.health = health;
    this.sockets = new OriginSockets(loops.transport(), loops.allocator());
    this.connectors =
        new OriginConnectors(
            new Http1Connector(sockets), new Http2Connector(sockets, loops.data().size()));
  }

  /// Sockets for a bind, not open yet.
  Listener listener(BindConfig bind) {
    return new Listener(bind, loops, processLimit);
  }

  /// A pool with its endpoints, being checked.
  LivePool pool(String name, PoolConfig config, EndpointsConfig endpoints) {
    var pool = new LivePool(new Pool(name, config, loops.data()), endpoints, names, health);
    pools.add(pool);
    pool.refresh();
    return pool;
  }

  /// Closes a pool that no generation wants any more.
  void close(LivePool pool) {
    pools.remove(pool);
    pool.close();
  }

  /// A name points somewhere else now. Thread: the control loop.
  void resolved(String name) {
    pools.forEach(pool -> pool.resolved(name));
  }

  /// Counters for a listener.
  PerLoopTraffic traffic() {
    return new PerLoopTraffic(loops.data().size());
  }

  /// What one generation says about a listener.
  ListenerSettings settings(String loadBalancer, Routing routing, PerLoopTraffic traffic) {
    ListenerConfig config = routing.config();
    return new ListenerSettings(
        plan(loadBalancer, routing, traffic),
        config.limits().connections(),
        config.limits().connectionsPerClient(),
        config.timeouts().drain());
  }

  /// What a bind does for the listeners that share it.
  ///
  /// @param sharing the one that stands for the bind first
  ListenerSettings settings(List<LiveListener> sharing) {
    LiveListener first = sharing.getFirst();
    ListenerSettings own = first.settings();
    if (sharing.size() == 1 && first.config().hosts().isEmpty()) {
      return own;
    }
    Duration drain =
        sharing.stream()
            .map(live -> live.settings().drain())
            .max(Duration::compareTo)
            .orElseThrow();
    return new ListenerSettings(
        shared((HttpPlan) own.plan(), sharing), own.maxConnections(), own.perClient(), drain);
  }

  private static ListenerPlan shared(HttpPlan first, List<LiveListener> sharing) {
    Map<String, HttpPlan> byHost = new TreeMap<>();
    for (LiveListener live : sharing) {
      HttpPlan plan = (HttpPlan) live.settings().plan();
      live.config().hosts().forEach(host -> byHost.put(host, plan));
    }
    boolean takesTheRest = first.config().hosts().isEmpty();
    return first.sharing(HostTable.of(byHost, takesTheRest ? first : first.nobody()));
  }

  /// What connections pass, in this order: the first bytes say who the client is.
  private static List<Stage> stages(ListenerConfig config) {
    var proxyProtocol = config.proxyProtocol();
    return proxyProtocol == null ? List.of() : List.of(new ProxyHeaderStage(proxyProtocol.from()));
  }

  private ListenerPlan plan(String loadBalancer, Routing routing, PerLoopTraffic traffic) {
    ListenerConfig config = routing.config();
    return switch (config.protocol()) {
      case HTTP ->
          new HttpPlan(
              loadBalancer,
              config,
              routing.table(),
              routing.fallback(),
              new Networks(config.forwarded().trust()),
              traffic,
              accessLogs.http(config.accessLog()),
              stages(config),
              config.versions().http1()
                  ? Http1ClientConnection::accept
                  : Http2ClientConnection::accept,
              config.versions().http2() ? Http2ClientConnection::accept : null,
              connectors,
              null);
      case TCP ->
          new TcpPlan(
              loadBalancer,
              config,
              Objects.requireNonNull(routing.defaultPool(), "validated: a TCP listener has a pool"),
              traffic,
              accessLogs.tcp(config.accessLog()),
              stages(config),
              sockets);
    };
  }
}
