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
import dev.weir.proxy.http2.WebSocketConnector;
import dev.weir.proxy.listener.ConnectionLimit;
import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.ListenerSettings;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.OriginSockets;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.route.HostTable;
import dev.weir.proxy.stage.HelloStage;
import dev.weir.proxy.stage.ProxyHeaderStage;
import dev.weir.proxy.tcp.TcpPlan;
import dev.weir.proxy.tls.TlsStage;
import dev.weir.proxy.tls.TlsStages;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Builds what runs from what is configured: the only place that knows every package. Thread: the
/// apply thread.
final class Assembler {
  private static final String HTTP1 = "http/1.1";
  private static final String HTTP2 = "h2";

  private final EventLoops loops;
  private final AccessLogs accessLogs;
  private final ConnectionLimit processLimit;
  private final Names names;
  private final HealthChecker health;
  private final OriginDialer dialer;
  private final OriginConnectors connectors;
  private final TlsStages tls;
  private volatile @Nullable String zone;
  private final Set<LivePool> pools = ConcurrentHashMap.newKeySet();

  Assembler(
      EventLoops loops,
      AccessLogs accessLogs,
      ConnectionLimit processLimit,
      Names names,
      HealthChecker health,
      TlsStages tls) {
    this.loops = loops;
    this.accessLogs = accessLogs;
    this.processLimit = processLimit;
    this.names = names;
    this.health = health;
    this.tls = tls;
    this.dialer = new OriginDialer(new OriginSockets(loops.transport(), loops.allocator()));
    var http1 = new Http1Connector(dialer);
    this.connectors =
        new OriginConnectors(
            http1, new Http2Connector(dialer, loops.data().size()), new WebSocketConnector(http1));
  }

  /// Sockets for a bind, not open yet.
  Listener listener(BindConfig bind) {
    return new Listener(bind, loops, processLimit);
  }

  /// A pool with its endpoints, being checked.
  LivePool pool(
      String name, DecodedLoadBalancer owner, PoolConfig config, EndpointsConfig endpoints) {
    Approach approach = LivePool.approach(owner, config, Approach.PLAIN);
    var pool =
        new LivePool(new Pool(name, config, approach, loops.data()), endpoints, names, health);
    pools.add(pool);
    pool.pool().zone(zone);
    pool.refresh();
    return pool;
  }

  /// Where this proxy runs; null where that is not known.
  @Nullable String zone() {
    return zone;
  }

  /// Says where this proxy runs. Thread: any.
  void zone(String newZone) {
    zone = newZone;
    pools.forEach(pool -> pool.pool().zone(newZone));
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
  ListenerSettings settings(
      String loadBalancer, Routing routing, @Nullable TlsStage tls, PerLoopTraffic traffic) {
    ListenerConfig config = routing.config();
    return new ListenerSettings(
        plan(loadBalancer, routing, tls, traffic),
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
    ListenerPlan plan =
        switch (first.config().protocol()) {
          case HTTP -> sharedHttp(sharing);
          case TCP -> sharedTcp(sharing);
        };
    return new ListenerSettings(plan, own.maxConnections(), own.perClient(), drain);
  }

  private static ListenerPlan sharedHttp(List<LiveListener> sharing) {
    LiveListener first = sharing.getFirst();
    HttpPlan plan = (HttpPlan) first.settings().plan();
    boolean takesTheRest = first.config().hosts().isEmpty();
    return plan.sharing(
        HostTable.of(byHost(sharing, HttpPlan.class), takesTheRest ? plan : plan.nobody()),
        sharedStages(sharing));
  }

  private static List<Stage> sharedStages(List<LiveListener> sharing) {
    LiveListener first = sharing.getFirst();
    Map<String, TlsStage> tlsByHost = new TreeMap<>();
    for (LiveListener live : sharing) {
      TlsStage tls = live.tls();
      if (tls != null) {
        live.config().hosts().forEach(host -> tlsByHost.put(host, tls));
      }
    }
    TlsStage tls = first.tls();
    return stages(first.config(), tls == null ? null : tls.sharing(tlsByHost));
  }

  private static ListenerPlan sharedTcp(List<LiveListener> sharing) {
    LiveListener first = sharing.getFirst();
    TcpPlan plan = (TcpPlan) first.settings().plan();
    boolean takesTheRest = first.config().hosts().isEmpty();
    return plan.sharing(
        HostTable.of(byHost(sharing, TcpPlan.class), takesTheRest ? plan : plan.nobody()),
        sharedStages(sharing));
  }

  private static <P> Map<String, P> byHost(List<LiveListener> sharing, Class<P> kind) {
    Map<String, P> byHost = new TreeMap<>();
    for (LiveListener live : sharing) {
      P plan = kind.cast(live.settings().plan());
      live.config().hosts().forEach(host -> byHost.put(host, plan));
    }
    return byHost;
  }

  /// What connections pass, in this order: the first bytes say who the client is.
  private static List<Stage> stages(ListenerConfig config, @Nullable TlsStage tls) {
    var proxyProtocol = config.proxyProtocol();
    var stages = new ArrayList<Stage>();
    if (proxyProtocol != null) {
      stages.add(new ProxyHeaderStage(proxyProtocol.from()));
    }
    if (tls != null) {
      stages.add(tls);
    }
    if (config.passthrough()) {
      stages.add(new HelloStage());
    }
    return stages;
  }

  /// What a listener needs for TLS.
  ///
  /// @param before what it has now; null for nothing
  /// @return null when it has no TLS
  TlsStages.@Nullable Built tls(
      DecodedLoadBalancer loadBalancer, ListenerConfig listener, @Nullable TlsStage before) {
    ListenerConfig.Tls config = listener.tls();
    return config == null
        ? null
        : tls.build(
            new TlsStages.Wanted(
                loadBalancer.name(),
                listener.name(),
                config,
                listener.protocol() == ListenerConfig.Protocol.HTTP
                    ? protocols(listener.versions())
                    : List.of(),
                loadBalancer.certificates(),
                loadBalancer.trusts()),
            before);
  }

  /// What ALPN offers, in order of preference.
  private static List<String> protocols(ListenerConfig.Versions versions) {
    return versions.http2()
        ? versions.http1() ? List.of(HTTP2, HTTP1) : List.of(HTTP2)
        : List.of(HTTP1);
  }

  /// Who speaks with clients, by what ALPN agreed on. (In the clear the first bytes say it.)
  private static HttpPlan.ClientProtocol protocol(ListenerConfig.Versions versions) {
    if (!versions.http1()) {
      return Http2ClientConnection::accept;
    }
    if (!versions.http2()) {
      return Http1ClientConnection::accept;
    }
    return (arrival, listener, plan) ->
        arrival.tls() != null && HTTP2.equals(arrival.tls().protocol())
            ? Http2ClientConnection.accept(arrival, listener, plan)
            : Http1ClientConnection.accept(arrival, listener, plan);
  }

  private ListenerPlan plan(
      String loadBalancer, Routing routing, @Nullable TlsStage tls, PerLoopTraffic traffic) {
    List<Stage> stages = stages(routing.config(), tls);
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
              stages,
              protocol(config.versions()),
              config.versions().http2() ? Http2ClientConnection::accept : null,
              connectors,
              null);
      case TCP ->
          new TcpPlan(
              loadBalancer,
              config,
              routing.defaultPool(),
              routing.names(),
              traffic,
              accessLogs.tcp(config.accessLog()),
              stages,
              dialer,
              null);
    };
  }
}
