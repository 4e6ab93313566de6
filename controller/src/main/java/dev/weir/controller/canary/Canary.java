package dev.weir.controller.canary;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.Digest;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.UnboundListener;
import dev.weir.controller.canary.Stage.Trial;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.reconcile.Served;
import dev.weir.controller.stream.SessionState;
import dev.weir.controller.stream.Wanted;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries every change of a LoadBalancer on one proxy of its group, while this replica leads.
///
/// ```
/// changed ─▶ one proxy has it ─▶ runs it for the hold time ─▶ proven: all may have it
///                └ rejects it, cannot bind a port, or requests fail ─▶ stopped: taken back, until there is another content
/// ```
///
/// A thread of its own looks at those that have not proved good, and at nothing else: when
/// something changes, and five times a second; less often where they are many.
public final class Canary {
  private static final Logger LOG = LoggerFactory.getLogger(Canary.class);
  private static final Duration LOOK = Duration.ofMillis(200);

  private final Stages stages;
  private final Reconciler reconciler;
  private final BiFunction<ProxyGroup, ObjectName, List<SessionState>> sessions;
  private final BooleanSupplier leading;
  private final long hold;
  private final BiConsumer<String, Stage> changed;
  private final Set<ObjectName> open = ConcurrentHashMap.newKeySet();
  private final Map<ObjectName, Watched> running = new HashMap<>();
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread =
      Thread.ofPlatform().name("weir-canary").daemon().unstarted(this::run);

  /// What is seen of a proxy that runs a change.
  private record Watched(long since, ErrorRates rates) {}

  /// @param sessions the proxies of a group, of all replicas, with what they acked of one
  ///   LoadBalancer
  /// @param leading whether this replica leads
  /// @param hold how long one proxy has to run a change before the others get it
  /// @param changed is told of each stage that is another one
  public Canary(
      Stages stages,
      Reconciler reconciler,
      BiFunction<ProxyGroup, ObjectName, List<SessionState>> sessions,
      BooleanSupplier leading,
      Duration hold,
      BiConsumer<String, Stage> changed) {
    this.stages = stages;
    this.reconciler = reconciler;
    this.sessions = sessions;
    this.leading = leading;
    this.hold = hold.toNanos();
    this.changed = changed;
  }

  /// Something else is served of a LoadBalancer. Any thread.
  public void served(ObjectName name) {
    open.add(name);
    wake.release();
  }

  /// Starts its thread.
  public void start() {
    thread.start();
  }

  /// Ends its thread.
  public void stop() {
    thread.interrupt();
  }

  private void run() {
    boolean led = false;
    try {
      long took = 0;
      while (true) {
        TimeUnit.NANOSECONDS.sleep(10 * took);
        wake.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        wake.drainPermits();
        long start = System.nanoTime();
        boolean leads = leading.getAsBoolean() && reconciler.complete();
        if (leads && !led) {
          open.addAll(reconciler.names());
        }
        led = leads;
        if (leads) {
          look();
        } else {
          running.clear();
        }
        took = System.nanoTime() - start;
      }
    } catch (InterruptedException e) {
      LOG.debug("nothing is tried any more");
    }
  }

  private void look() {
    for (ObjectName name : new HashSet<>(open)) {
      open.remove(name);
      boolean done = false;
      try {
        done = judge(name);
      } catch (RuntimeException e) {
        LOG.error("cannot judge {}", name, e);
      }
      if (done) {
        running.remove(name);
      } else {
        open.add(name);
      }
    }
  }

  /// @return whether there is nothing to be tried
  private boolean judge(ObjectName name) {
    String key = name.toString();
    Stage stage = stages.of(key);
    Served served = reconciler.served(name);
    ProxyGroup group = reconciler.groupOf(name);
    Wanted wanted = group == null ? null : reconciler.wanted(group);
    Digest content =
        wanted == null ? Digest.EMPTY : Stages.content(wanted.snapshot().resources(), key);
    if (served == null || group == null || content.equals(Digest.EMPTY)) {
      put(key, stage, Stage.UNKNOWN);
      return true;
    }
    if (content.equals(stage.proven())) {
      put(key, stage, new Stage(content, null));
      return true;
    }
    Trial trial = stage.trial();
    if (trial == null || !trial.content().equals(content)) {
      trial = new Trial(content, null, null);
      running.remove(name);
    }
    if (trial.stopped() != null) {
      return true;
    }
    List<SessionState> all = sessions.apply(group, name);
    SessionState proxy = proxy(trial, served, all, key);
    if (proxy == null) {
      put(key, stage, new Stage(stage.proven(), new Trial(content, null, null)));
      return false;
    }
    String id = proxy.proxy().proxyId();
    if (!id.equals(trial.proxy())) {
      running.remove(name);
      put(key, stage, new Stage(stage.proven(), new Trial(content, id, null)));
      return false;
    }
    return tried(name, stage, trial, proxy, all, served);
  }

  private boolean tried(
      ObjectName name,
      Stage stage,
      Trial trial,
      SessionState proxy,
      List<SessionState> all,
      Served served) {
    String key = name.toString();
    if (!runs(proxy, served, key)) {
      return false;
    }
    long now = System.nanoTime();
    Watched watched = running.computeIfAbsent(name, n -> new Watched(now, new ErrorRates()));
    String problem = problem(proxy, key);
    if (problem == null) {
      problem = watched.rates.problem(key, proxy.proxy().proxyId(), all);
    }
    if (problem != null) {
      LOG.warn("what changed of {} goes to no further proxy: {}", name, problem);
      put(
          key,
          stage,
          new Stage(stage.proven(), new Trial(trial.content(), trial.proxy(), problem)));
      return true;
    }
    if (now - watched.since < hold) {
      return false;
    }
    put(key, stage, new Stage(trial.content(), null));
    return true;
  }

  private void put(String name, Stage before, Stage after) {
    if (!after.equals(before)) {
      stages.put(name, after);
      changed.accept(name, after);
    }
  }

  /// The one that has it, as long as it is connected; else one that runs it anyway, else the first.
  private static @Nullable SessionState proxy(
      Trial trial, Served served, List<SessionState> all, String name) {
    return all.stream()
        .min(
            Comparator.comparing((SessionState s) -> !s.proxy().proxyId().equals(trial.proxy()))
                .thenComparing(s -> !runs(s, served, name))
                .thenComparing(s -> s.proxy().proxyId()))
        .orElse(null);
  }

  /// Whether it has answered the latest, by running or by refusing it.
  private static boolean runs(SessionState session, Served served, String name) {
    return session.acked() != null
        && !session.acked().before(served.since())
        && !session.waits(name);
  }

  private static @Nullable String problem(SessionState session, String name) {
    for (Rejection rejection : session.rejected()) {
      if (rejection.loadBalancer().equals(name)) {
        return "proxy %s refuses it: %s: %s"
            .formatted(session.proxy().proxyId(), rejection.path(), rejection.message());
      }
    }
    for (UnboundListener listener : session.unbound()) {
      if (listener.loadBalancer().equals(name)) {
        return "on proxy %s listener %s cannot have port %d: %s"
            .formatted(
                session.proxy().proxyId(), listener.listener(), listener.port(), listener.error());
      }
    }
    return null;
  }
}
