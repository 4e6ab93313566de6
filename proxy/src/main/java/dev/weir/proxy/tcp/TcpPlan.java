package dev.weir.proxy.tcp;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.AccessLog;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.exchange.Route;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.HelloFacts;
import dev.weir.proxy.net.TlsFacts;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.route.HostTable;
import dev.weir.proxy.route.SniTable;
import dev.weir.proxy.upstream.Pool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a TCP listener does: relay each connection to a pool. Immutable.
///
/// @param pool takes what no route takes; null for nobody
/// @param routes where TLS that passes through goes, by what the client asks for; null where
///   nothing of a connection is looked at
/// @param traffic the listener's counters, the same across generations
/// @param stages what connections pass before they are relayed
/// @param sharing the plans of the bind's listeners by the name that the client asks for; null
///   where this one takes all
public record TcpPlan(
    String loadBalancer,
    ListenerConfig config,
    @Nullable Pool pool,
    @Nullable SniTable<Route> routes,
    PerLoopTraffic traffic,
    AccessLog accessLog,
    List<Stage> stages,
    OriginDialer dialer,
    @Nullable HostTable<TcpPlan> sharing)
    implements ListenerPlan {
  private static final byte[] NO_NAME = {};

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
    TlsFacts tls = arrival.tls();
    HelloFacts hello = arrival.hello();
    return meant(tls != null ? tls.name() : hello == null ? null : hello.name())
        .take(arrival, listener);
  }

  /// Whose connection it is: that of the listener which has the name that the client asks for.
  /// Nobody's belong to a plan that leads nowhere.
  @Override
  public TcpPlan meant(@Nullable String asked) {
    if (sharing == null) {
      return this;
    }
    byte[] name = asked == null ? NO_NAME : asked.getBytes(StandardCharsets.ISO_8859_1);
    return sharing.find(name, 0, name.length);
  }

  /// Whether a client was asked for what this listener demands: it may have come in before that
  /// changed.
  private boolean admits(@Nullable TlsFacts tls) {
    return stages.stream().allMatch(stage -> stage.admits(tls));
  }

  private LiveConnection take(Arrival arrival, LoopListener listener) {
    var record = new AccessRecord();
    record.client(new Client(arrival.client(), arrival.tls()));
    record.loadBalancer = loadBalancer;
    record.listener = config.name();
    record.started = listener.loop().tick();
    Pool to = pool;
    Failure otherwise = Failure.NO_ROUTE;
    HelloFacts hello = arrival.hello();
    if (!admits(arrival.tls())) {
      to = null;
      otherwise = Failure.MISDIRECTED;
    } else if (routes != null && arrival.tls() != null) {
      otherwise = Failure.NO_ROUTE;
    } else if (routes != null && hello == null) {
      otherwise = Failure.NOT_TLS;
    } else if (routes != null && hello != null) {
      Route route = routes.find(hello.name(), hello.protocols());
      if (route != null && route.nowhere()) {
        to = null;
        otherwise = Failure.NO_ENDPOINT;
      } else if (route != null) {
        to = route.choose(route.chooses() ? listener.loop().random() : 0).pool();
      }
    }
    return to == null
        ? Refused.close(arrival.channel(), listener, this, record, otherwise)
        : Relay.start(arrival, record, listener, this, to);
  }

  /// The same as the first of several on its bind: what it is asked before a name is known holds
  /// for all of them.
  ///
  /// @param newStages of all of them together
  public TcpPlan sharing(HostTable<TcpPlan> all, List<Stage> newStages) {
    return new TcpPlan(
        loadBalancer, config, pool, routes, traffic, accessLog, newStages, dialer, all);
  }

  /// The same for connections that belong to no listener.
  public TcpPlan nobody() {
    return new TcpPlan(
        loadBalancer,
        config,
        null,
        SniTable.of(List.of(), route -> Route.to(List.of(), List.of())),
        traffic,
        accessLog,
        stages,
        dialer,
        null);
  }
}
