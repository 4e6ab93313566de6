package dev.weir.proxy.runtime;

import dev.weir.config.BindConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.PoolConfig;
import dev.weir.config.Violation;
import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.UnboundListener;
import dev.weir.proxy.dns.Names;
import dev.weir.proxy.edit.MessageEdits.Scope;
import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerSettings;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.Loops;
import dev.weir.proxy.tls.TlsStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a snapshot what runs.
///
/// ```
/// decide (decode, validate, ports) ─▶ resolve names ─▶ pools ─▶ open sockets, build plans ─▶ swap on every loop ─▶ retire
///          partial: a LoadBalancer that is rejected keeps its whole last good set
/// ```
///
/// Everything that can fail is done before the swap. What is equal stays the same object: sockets
/// by bind, pools and counters by name, endpoints by identity. Thread: any, one call at a time; the
/// loops only run the swap.
public final class ConfigApplier {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigApplier.class);
  private static final Duration NAME_PATIENCE = Duration.ofMillis(500);

  private final Loops loops;
  private final Decoder decoder;
  private final Assembler assembler;
  private final Names names;
  private final Sockets sockets;
  private final History history;
  private final RunningPorts ports = new RunningPorts();
  private final SortedSet<String> partial = new TreeSet<>();
  private final Map<String, Set<String>> dnsNames = new TreeMap<>();
  private volatile Generation current = Generation.none();
  private boolean draining;

  ConfigApplier(
      Loops loops, Set<Integer> ownPorts, Assembler assembler, Names names, History history) {
    this.loops = loops;
    this.decoder = new Decoder(ownPorts);
    this.assembler = assembler;
    this.names = names;
    this.sockets = new Sockets(assembler::listener);
    this.history = history;
  }

  /// What runs now. Thread: any.
  public Generation current() {
    return current;
  }

  /// Binds that are gone from the configuration and still have connections. Thread: any.
  public List<LiveBind> draining() {
    return sockets.draining();
  }

  /// The listeners that have no socket. Thread: any.
  public List<UnboundListener> unbound() {
    Generation generation = current;
    return sockets.unbound().stream()
        .map(generation.binds()::get)
        .filter(Objects::nonNull)
        .flatMap(bind -> bind.sharing().stream())
        .sorted(Comparator.comparing(LiveListener::key))
        .flatMap(ConfigApplier::unbound)
        .toList();
  }

  /// Makes the snapshot what runs; returns when every loop runs the result. Never throws for what
  /// it says.
  public synchronized ApplyResult apply(Snapshot wanted) throws InterruptedException {
    if (draining) {
      return new ApplyResult(current.live(), current.rejected(), unbound(), 0);
    }
    long start = System.nanoTime();
    Admission.Decision decision = Admission.decide(current, ports, wanted, decoder);
    var live = new Snapshot(wanted.version(), decision.live());
    boolean changes =
        current.number() == 0 || !decision.accepted().isEmpty() || !decision.removed().isEmpty();
    if (changes) {
      watchNames(decision);
      install(decision, live);
    } else {
      current =
          new Generation(
              current.number(),
              live,
              rejections(decision, current.loadBalancers()),
              current.loadBalancers(),
              current.binds());
    }
    long micros = (System.nanoTime() - start) / 1_000;
    report(decision, changes, micros);
    return new ApplyResult(live, current.rejected(), unbound(), micros);
  }

  /// Tries again to open sockets that could not be opened.
  ///
  /// @return whether one more is open
  public synchronized boolean retrySockets() {
    return !sockets.retry().isEmpty();
  }

  /// Stops accepting and drains everything. Nothing is applied any more.
  ///
  /// @return completes when the last connection is closed
  public synchronized CompletableFuture<Void> drain(Duration timeout) {
    draining = true;
    return sockets.retireAll(current.binds().values(), timeout);
  }

  private void watchNames(Admission.Decision decision) throws InterruptedException {
    boolean any = decision.removed().stream().anyMatch(name -> dnsNames.remove(name) != null);
    for (DecodedLoadBalancer accepted : decision.accepted().values()) {
      var mine = new HashSet<String>();
      for (EndpointsConfig endpoints : accepted.endpoints().values()) {
        mine.addAll(LivePool.dnsNames(endpoints));
      }
      Set<String> before =
          mine.isEmpty() ? dnsNames.remove(accepted.name()) : dnsNames.put(accepted.name(), mine);
      any |= !mine.equals(before == null ? Set.of() : before);
    }
    if (any) {
      var all = new HashSet<String>();
      dnsNames.values().forEach(all::addAll);
      names.watch(all, NAME_PATIENCE);
    }
  }

  private void install(Admission.Decision decision, Snapshot live) throws InterruptedException {
    Generation last = current;
    SortedMap<String, LiveLoadBalancer> next = new TreeMap<>(last.loadBalancers());
    var changed = new TreeSet<String>(decision.removed());
    changed.addAll(decision.accepted().keySet());
    var touched = new LinkedHashMap<Listener, List<LiveListener>>();
    for (String name : changed) {
      LiveLoadBalancer running = last.loadBalancers().get(name);
      DecodedLoadBalancer wanted = decision.accepted().get(name);
      LiveLoadBalancer now = wanted == null ? null : build(wanted, running);
      replace(next, name, now);
      ports.replace(name, running == null ? null : running.decoded(), wanted);
      if (running != null) {
        running.listeners().values().forEach(l -> touched.putIfAbsent(l.listener(), List.of()));
      }
      if (now != null) {
        now.listeners()
            .values()
            .forEach(l -> touched.merge(l.listener(), List.of(l), ConfigApplier::both));
      }
    }
    Map<Listener, LiveBind> binds = new LinkedHashMap<>(last.binds());
    var swapped = new ArrayList<LiveBind>();
    touched.forEach(
        (listener, mine) -> {
          LiveBind before = last.binds().get(listener);
          LiveBind bind = LiveBind.next(listener, before, changed, mine, assembler);
          replace(binds, listener, bind);
          if (bind != null && bind != before) {
            swapped.add(bind);
          }
        });
    var generation =
        new Generation(last.number() + 1, live, rejections(decision, next), next, binds);
    swap(swapped);
    current = generation;
    sockets.accept(swapped);
    retire(last, generation, changed, touched.keySet());
  }

  private static <T> List<T> both(List<T> some, List<T> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  private static <K, V> void replace(Map<K, V> map, K key, @Nullable V value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  /// LoadBalancers that stay as they were, and listeners that keep a certificate.
  private List<Rejection> rejections(
      Admission.Decision decision, Map<String, LiveLoadBalancer> loadBalancers) {
    partial.removeAll(decision.removed());
    for (String name : decision.accepted().keySet()) {
      if (known(loadBalancers, name).rejections().isEmpty()) {
        partial.remove(name);
      } else {
        partial.add(name);
      }
    }
    var all = new ArrayList<Rejection>(decision.rejections());
    partial.forEach(name -> all.addAll(known(loadBalancers, name).rejections()));
    return all;
  }

  private LiveLoadBalancer build(DecodedLoadBalancer wanted, @Nullable LiveLoadBalancer running) {
    Map<String, LivePool> pools = new LinkedHashMap<>();
    var rejections = new ArrayList<Rejection>();
    for (PoolConfig config : wanted.config().pools()) {
      LivePool pool = pool(wanted, config, running);
      pools.put(config.name(), pool);
      String problem = pool.tlsProblem();
      if (problem != null) {
        String part = "pools[" + config.name() + "]";
        rejections.add(new Rejection(wanted.name(), "TlsUnusable", part + ".tls", problem, part));
      }
    }
    if (running != null && Admission.endpointsOnly(wanted, running)) {
      return new LiveLoadBalancer(wanted, pools, running.listeners(), running.rejections());
    }
    Map<String, BindConfig> binds = new LinkedHashMap<>();
    wanted.config().binds().forEach(bind -> binds.put(bind.id(), bind));
    Map<String, Routing.Target> targets = targets(wanted, pools);
    Map<String, LiveListener> listeners = new LinkedHashMap<>();
    for (ListenerConfig config : wanted.config().listeners()) {
      LiveListener before = running == null ? null : running.listeners().get(config.name());
      Listener listener = sockets.obtain(known(binds, config.bind()));
      var routing = Routing.of(config, wanted.config().routes(), targets);
      var tls = assembler.tls(wanted, config, before == null ? null : before.tls());
      if (tls != null) {
        rejections.addAll(tls.problems());
      }
      listeners.put(
          config.name(),
          listener(wanted.name(), listener, routing, tls == null ? null : tls.stage(), before));
    }
    return new LiveLoadBalancer(wanted, pools, listeners, List.copyOf(rejections));
  }

  private static Map<String, Routing.Target> targets(
      DecodedLoadBalancer loadBalancer, Map<String, LivePool> pools) {
    Map<String, Routing.Target> targets = new LinkedHashMap<>();
    for (PoolConfig pool : loadBalancer.config().pools()) {
      var edits = new Scope(pool.requestHeaders(), pool.responseHeaders());
      targets.put(pool.name(), new Routing.Target(known(pools, pool.name()).pool(), edits));
    }
    return targets;
  }

  private LivePool pool(
      DecodedLoadBalancer wanted, PoolConfig config, @Nullable LiveLoadBalancer running) {
    String name = config.resourceName(wanted.name());
    EndpointsConfig endpoints = known(wanted.endpoints(), name);
    LivePool before = running == null ? null : running.pools().get(config.name());
    if (before == null) {
      return assembler.pool(name, wanted, config, endpoints);
    }
    before.configure(wanted, config, endpoints);
    return before;
  }

  private LiveListener listener(
      String loadBalancer,
      Listener listener,
      Routing routing,
      @Nullable TlsStage tls,
      @Nullable LiveListener before) {
    if (before != null
        && before.listener() == listener
        && before.tls() == tls
        && before.routing().equals(routing)) {
      return before;
    }
    PerLoopTraffic traffic = before == null ? assembler.traffic() : before.traffic();
    ListenerSettings settings = assembler.settings(loadBalancer, routing, tls, traffic);
    return new LiveListener(loadBalancer, listener, routing, tls, traffic, settings);
  }

  private void swap(List<LiveBind> binds) throws InterruptedException {
    if (binds.isEmpty()) {
      return;
    }
    var swapped = new CountDownLatch(loops.size());
    for (Loop loop : loops.all()) {
      loop.eventLoop()
          .execute(
              () -> {
                for (LiveBind live : binds) {
                  live.listener().swapOn(loop.index(), live.settings());
                }
                swapped.countDown();
              });
    }
    swapped.await();
  }

  private void retire(
      Generation last, Generation next, Set<String> changed, Set<Listener> touched) {
    sockets.retire(
        touched.stream()
            .filter(listener -> !next.binds().containsKey(listener))
            .map(last.binds()::get)
            .filter(Objects::nonNull)
            .toList());
    for (String name : changed) {
      LiveLoadBalancer before = last.loadBalancers().get(name);
      LiveLoadBalancer now = next.loadBalancers().get(name);
      if (before != null) {
        before
            .pools()
            .forEach(
                (pool, live) -> {
                  if (now == null || now.pools().get(pool) != live) {
                    assembler.close(live);
                  }
                });
      }
    }
  }

  private void report(Admission.Decision decision, boolean changes, long micros) {
    for (Rejection rejection : decision.rejections()) {
      LOG.error(
          "LoadBalancer {} is rejected and stays as it was: {}: {} ({})",
          rejection.loadBalancer(),
          rejection.path(),
          rejection.message(),
          rejection.rule());
    }
    for (String name : decision.accepted().keySet()) {
      for (Rejection rejection : known(current.loadBalancers(), name).rejections()) {
        LOG.error(
            "LoadBalancer {}: {}: {} ({})",
            name,
            rejection.path(),
            rejection.message(),
            rejection.rule());
      }
    }
    if (!current.rejected().isEmpty()) {
      history.refused(
          current.rejected().stream()
              .map(r -> new Violation(r.loadBalancer() + ": " + r.path(), r.rule(), r.message()))
              .toList());
    }
    if (changes) {
      history.applied();
      LOG.info(
          "generation {} (version {}) runs after {} ms: {} changed, {} removed, {} rejected",
          current.number(),
          current.live().version().label(),
          micros / 1_000,
          decision.accepted().size(),
          decision.removed().size(),
          decision.rejections().size());
    }
  }

  private static Stream<UnboundListener> unbound(LiveListener live) {
    BindConfig bind = live.listener().bind();
    String error = live.listener().error();
    return error == null
        ? Stream.empty()
        : Stream.of(
            new UnboundListener(
                live.loadBalancer(), live.config().name(), bind.address(), bind.port(), error));
  }

  private static <T> T known(Map<String, T> map, String key) {
    T value = map.get(key);
    if (value == null) {
      throw new IllegalStateException("validated, and yet there is no " + key);
    }
    return value;
  }
}
