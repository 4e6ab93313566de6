package dev.weir.proxy.runtime;

import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.UnboundListener;
import dev.weir.proxy.accesslog.AccessLogs;
import dev.weir.proxy.dns.Names;
import dev.weir.proxy.dns.Resolution;
import dev.weir.proxy.health.HealthChecker;
import dev.weir.proxy.health.HealthListener;
import dev.weir.proxy.listener.ConnectionLimit;
import dev.weir.proxy.metrics.LoopWatch;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.tls.TicketKeys;
import dev.weir.proxy.tls.TlsStages;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Everything that runs in a proxy but its sources of configuration and its admin servers, wired
/// together. Thread: any.
public final class ProxyRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyRuntime.class);
  private static final int SERVER_ERROR = 5;
  private static final Duration SOCKETS_AGAIN = Duration.ofMillis(250);

  private final EventLoops loops;
  private final AccessLogs accessLogs;
  private final ConnectionLimit connections;
  private final History history;
  private final Names names;
  private final HealthChecker health;
  private final Assembler assembler;
  private final ConfigApplier applier;
  private final TicketKeys tickets;
  private final LoopWatch watch;
  private final ScheduledExecutorService retries;
  private volatile HealthListener healthListener = change -> {};
  private volatile Consumer<List<UnboundListener>> unboundListener = unbound -> {};
  private volatile BooleanSupplier stale = () -> false;
  private volatile boolean draining;
  private volatile long lastApplyMicros;

  /// @param maxConnections of clients, 0 for no limit
  /// @param ownPorts what no listener may have
  public ProxyRuntime(
      EventLoops loops,
      AccessLogs accessLogs,
      int maxConnections,
      Set<Integer> ownPorts,
      InstantSource clock) {
    this.loops = loops;
    this.accessLogs = accessLogs;
    this.connections = new ConnectionLimit(maxConnections);
    this.history = new History(clock);
    this.names = new Names(loops, this::resolved);
    this.health =
        new HealthChecker(
            loops,
            (pool, endpoint) -> EndpointTargets.missing(endpoint, this::resolution),
            change -> healthListener.changed(change),
            RandomGenerator.getDefault(),
            clock);
    this.tickets = new TicketKeys(clock);
    this.assembler =
        new Assembler(loops, accessLogs, connections, names, health, new TlsStages(tickets, clock));
    this.applier = new ConfigApplier(loops.data(), ownPorts, assembler, names, history);
    this.watch = LoopWatch.start(loops.data(), loops.control());
    this.retries =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("weir-apply").daemon().factory());
    long millis = SOCKETS_AGAIN.toMillis();
    retries.scheduleWithFixedDelay(this::retrySockets, millis, millis, TimeUnit.MILLISECONDS);
    retries.scheduleWithFixedDelay(tickets::rotate, 1, 1, TimeUnit.MINUTES);
  }

  /// Makes the snapshot what runs; see [ConfigApplier#apply].
  public ApplyResult apply(Snapshot wanted) throws InterruptedException {
    ApplyResult result = applier.apply(wanted);
    lastApplyMicros = result.applyMicros();
    return result;
  }

  /// Says who hears of changes of health, and of listeners whose socket could be opened after all.
  public void report(HealthListener health, Consumer<List<UnboundListener>> unbound) {
    healthListener = health;
    unboundListener = unbound;
  }

  /// Says how to find out whether a last known good of an earlier run is in force.
  public void staleness(BooleanSupplier source) {
    stale = source;
  }

  /// What was counted for those of the LoadBalancers that run, since the process started.
  ///
  /// @param loadBalancers `namespace/name`
  public List<LoadBalancerTraffic> traffic(List<String> loadBalancers) {
    List<LoadBalancerTraffic> counted = new ArrayList<>();
    for (String name : loadBalancers) {
      LiveLoadBalancer live = applier.current().loadBalancers().get(name);
      if (live != null) {
        long requests = 0;
        long failures = 0;
        for (LiveListener listener : live.listeners().values()) {
          failures += listener.traffic().sum(traffic -> traffic.requests(SERVER_ERROR));
          for (int statusClass = 1; statusClass <= SERVER_ERROR; statusClass++) {
            int of = statusClass;
            requests += listener.traffic().sum(traffic -> traffic.requests(of));
          }
        }
        counted.add(new LoadBalancerTraffic(name, Math.max(requests, failures), failures));
      }
    }
    return counted;
  }

  /// Where this proxy runs; null where that is not known.
  public @Nullable String zone() {
    return assembler.zone();
  }

  /// Says where this proxy runs: endpoints for that zone come first.
  public void zone(String zone) {
    assembler.zone(zone);
  }

  /// Whether clients are served as configured: a complete configuration runs, its sockets are
  /// bound, nothing drains.
  public boolean ready() {
    Generation generation = applier.current();
    return !draining
        && generation.number() > 0
        && generation.listeners().stream().allMatch(live -> live.listener().bound());
  }

  /// From now on not [#ready]; everything goes on.
  public void notReady() {
    draining = true;
  }

  /// Stops accepting and finishes what is under way.
  ///
  /// @param timeout what is left then is closed
  /// @return completes when the last connection is closed
  public CompletableFuture<Void> drain(Duration timeout) {
    draining = true;
    return applier.drain(timeout);
  }

  /// How busy the loops are.
  public LoopWatch watch() {
    return watch;
  }

  /// What runs.
  public Generation generation() {
    return applier.current();
  }

  /// Binds that are gone from the configuration and still have connections.
  public List<LiveBind> drainingBinds() {
    return applier.draining();
  }

  /// The health of all endpoints of all pools.
  public List<EndpointHealth> endpointHealth() {
    return health.health(applier.current().pools());
  }

  /// The health checks.
  public HealthChecker health() {
    return health;
  }

  /// What became of configurations.
  public History history() {
    return history;
  }

  /// The access logs.
  public AccessLogs accessLogs() {
    return accessLogs;
  }

  /// The keys of session tickets.
  public TicketKeys tickets() {
    return tickets;
  }

  /// Open connections and their limit.
  public ConnectionLimit connections() {
    return connections;
  }

  /// The event loops.
  public EventLoops loops() {
    return loops;
  }

  /// Whether a last known good of an earlier run is in force.
  public boolean stale() {
    return stale.getAsBoolean();
  }

  /// How long the last apply took, in microseconds.
  public long lastApplyMicros() {
    return lastApplyMicros;
  }

  /// Stops the thread that opens sockets again; loops and logs are the caller's.
  @Override
  public void close() {
    retries.shutdownNow();
  }

  private void retrySockets() {
    try {
      if (!draining && applier.retrySockets()) {
        unboundListener.accept(applier.unbound());
      }
    } catch (RuntimeException e) {
      LOG.error("cannot open sockets again", e);
    }
  }

  private void resolved(String name) {
    assembler.resolved(name);
  }

  private Resolution resolution(String name) {
    return names.resolution(name);
  }
}
