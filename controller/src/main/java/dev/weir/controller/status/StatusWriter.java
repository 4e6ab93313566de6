package dev.weir.controller.status;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import dev.weir.controller.api.LoadBalancer;
import dev.weir.controller.canary.Stage;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.infra.InfraState;
import dev.weir.controller.infra.Infrastructure;
import dev.weir.controller.metrics.Histogram;
import dev.weir.controller.reconcile.Member;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.reconcile.Served;
import dev.weir.controller.reconcile.WorkQueue;
import dev.weir.controller.stream.ProxyInfo;
import dev.weir.controller.stream.ProxyReports;
import dev.weir.controller.stream.SessionState;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes what is true into the resources: at most once a second for each, and only what is new.
/// Also sees to the objects of LoadBalancers that have proxies of their own, since what becomes of
/// them is part of the truth.
///
/// Nothing is asked again and again: whoever may change a status says so, and what is put off has a
/// time at which it is written anyway.
///
/// Hears from proxies on their sessions' threads; writes on a few threads of its own, and only
/// while this replica leads.
public final class StatusWriter implements ProxyReports {
  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);
  private static final long WINDOW_MILLIS = 1000;
  private static final int THREADS = 8;
  private static final long LOOK_MILLIS = 100;
  private static final long ACK_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long OTHERS_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long GONE_MILLIS = 2_000;
  private static final long GONE_FOR_GOOD_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long RETRY_MILLIS = 15_000;
  private static final long WRITE_RETRY_MILLIS = 5_000;
  private static final Duration WATCH_LAG = Duration.ofSeconds(10);
  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .withFieldManager(Infrastructure.FIELD_MANAGER)
          .withForce(true)
          .build();

  private final WorkQueue<ObjectName, Boolean> queue =
      new WorkQueue<>(LOOK_MILLIS, (a, b) -> a || b);
  private final Unsettled unsettled = new Unsettled();
  private final Map<Long, Set<UnboundListener>> unbound = new ConcurrentHashMap<>();
  private final Map<ObjectName, Written> written = new ConcurrentHashMap<>();
  private final Map<ObjectName, Long> waitingSince = new ConcurrentHashMap<>();
  private final Map<ObjectName, Long> goneSince = new ConcurrentHashMap<>();
  private final EventWriter events;
  private final Histogram writeTimes = new Histogram();
  private final LongAdder failures = new LongAdder();
  private final KubernetesClient client;
  private final Reconciler reconciler;
  private final HealthBook health;
  private final BiFunction<ProxyGroup, ObjectName, List<SessionState>> sessions;
  private final @Nullable Infrastructure infrastructure;
  private final Function<ObjectName, Stage> stages;
  private final BooleanSupplier leading;
  private final InstantSource clock;
  private volatile long startedAt;

  /// Our last write, until the watch shows it.
  private record Written(LoadBalancerStatus status, Instant at) {}

  /// @param health what connected proxies say; written here
  /// @param sessions all proxies of a group, with what they acked of one LoadBalancer
  /// @param stages how far the latest of a LoadBalancer has come
  /// @param infrastructure null when somebody else runs the proxies
  public StatusWriter(
      KubernetesClient client,
      Reconciler reconciler,
      HealthBook health,
      BiFunction<ProxyGroup, ObjectName, List<SessionState>> sessions,
      @Nullable Infrastructure infrastructure,
      Function<ObjectName, Stage> stages,
      BooleanSupplier leading,
      InstantSource clock) {
    this.client = client;
    this.reconciler = reconciler;
    this.health = health;
    this.sessions = sessions;
    this.infrastructure = infrastructure;
    this.stages = stages;
    this.leading = leading;
    this.clock = clock;
    this.events = new EventWriter(client, clock);
  }

  /// Starts the writers.
  public void start() {
    for (int i = 0; i < THREADS; i++) {
      Thread.ofPlatform().name("weir-status-" + i).daemon().start(this::work);
    }
    events.start();
  }

  /// Ends the writers.
  public void stop() {
    queue.close();
    events.stop();
  }

  /// How many occurrences got no Event, because there were too many.
  public long droppedEvents() {
    return events.dropped();
  }

  /// How long writes took that succeeded.
  public Histogram writeTimes() {
    return writeTimes;
  }

  /// How many writes failed.
  public long failures() {
    return failures.sum();
  }

  /// How many LoadBalancers wait to be looked at.
  public int depth() {
    return queue.size();
  }

  /// Something new may be said about it. Any thread.
  public void due(ObjectName name) {
    queue.add(name, true);
  }

  /// Something new may be said about all, for example since this replica leads now.
  public void allDue() {
    written.clear();
    startedAt = 0;
    reconciler.names().forEach(this::due);
  }

  // --- from proxies
  // ----------------------------------------------------------------------------------------------------

  @Override
  public void connected(ProxyInfo proxy) {
    LOG.info("proxy {} of {} connected from {}", proxy.proxyId(), proxy.group(), proxy.address());
    reconciler.members(proxy.group()).forEach(this::due);
  }

  @Override
  public void acked(ProxyInfo proxy, Frame.Ack ack) {
    unsettled.concerned(proxy, ack.version()).forEach(this::due);
    ack.rejected().forEach(r -> due(ObjectName.parse(r.loadBalancer())));
    List<UnboundListener> told = ack.unbound();
    if (told != null) {
      Set<UnboundListener> now = new HashSet<>(told);
      Set<UnboundListener> before = unbound.put(proxy.session(), now);
      changed(now, before == null ? Set.of() : before);
      changed(before == null ? Set.of() : before, now);
    }
  }

  private void changed(Set<UnboundListener> some, Set<UnboundListener> others) {
    some.stream()
        .filter(listener -> !others.contains(listener))
        .forEach(listener -> due(ObjectName.parse(listener.loadBalancer())));
  }

  @Override
  public void health(ProxyInfo proxy, Frame.Health report) {
    boolean first = !health.knows(proxy.session());
    Set<String> changed = health.report(proxy.session(), report, System.nanoTime());
    if (first) {
      reconciler.members(proxy.group()).forEach(this::due);
    }
    for (String loadBalancer : changed) {
      ObjectName name = ObjectName.parse(loadBalancer);
      Member member = reconciler.member(name);
      if (member != null) {
        health.tidy(proxy.session(), loadBalancer, member.servedEndpoints(), System.nanoTime());
      }
      due(name);
    }
  }

  @Override
  public void lagging(ProxyInfo proxy) {
    LOG.warn("proxy {} of {} does not keep up", proxy.proxyId(), proxy.group());
    reconciler.members(proxy.group()).forEach(this::due);
  }

  @Override
  public void disconnected(ProxyInfo proxy, String reason) {
    LOG.info("proxy {} of {} is gone: {}", proxy.proxyId(), proxy.group(), reason);
    health.forget(proxy.session());
    unbound.remove(proxy.session());
    for (ObjectName name : reconciler.members(proxy.group())) {
      queue.addLater(name, true, GONE_MILLIS);
    }
  }

  // --- writing
  // ---------------------------------------------------------------------------------------------------------

  private void work() {
    try {
      WorkQueue.Item<ObjectName, Boolean> item;
      while ((item = queue.take()) != null) {
        long window = LOOK_MILLIS;
        try {
          window = update(item.key()) ? WINDOW_MILLIS : LOOK_MILLIS;
        } catch (RuntimeException e) {
          LOG.error("cannot tell the status of {}", item.key(), e);
        } finally {
          queue.doneFor(item.key(), window);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// @return whether a status was sent
  private boolean update(ObjectName name) {
    if (!reconciler.complete()) {
      return false;
    }
    Observed seen = reconciler.cluster().loadBalancer(name);
    Member member = reconciler.member(name);
    long now = System.nanoTime();
    if (seen == null || member == null) {
      forget(name, now);
      return false;
    }
    goneSince.remove(name);
    if (!leading.getAsBoolean()) {
      return false;
    }
    if (startedAt == 0) {
      startedAt = now;
    }
    Served served = reconciler.served(name);
    Version since = served == null ? null : served.since();
    unsettled.add(name, seen.group(), since);
    if (infrastructure != null && !infrastructure.ready() && now - startedAt < START_NANOS) {
      queue.addLater(name, true, LOOK_MILLIS);
      return false;
    }
    InfraState infra = infrastructure == null ? InfraState.EXTERNAL : infrastructure.ensure(seen);
    if (infra.reason() != null) {
      queue.addLater(name, true, RETRY_MILLIS);
    }
    LoadBalancerStatus before = before(seen);
    Facts facts =
        new Facts(
            member,
            since,
            sessions.apply(seen.group(), name),
            health,
            infra,
            stages.apply(name),
            before,
            clock.instant());
    unsettled.looked(name, since, facts.runners());
    long wait = postponed(name, facts, now);
    if (wait > 0) {
      queue.addLater(name, true, TimeUnit.NANOSECONDS.toMillis(wait) + 1);
      return false;
    }
    LoadBalancerStatus status = StatusRenderer.render(facts);
    settle(name, status);
    if (status.equals(before)) {
      return false;
    }
    if (write(name, status)) {
      events.add(seen, Occurrences.between(before, status));
    }
    return true;
  }

  /// A status is not written while it would be another one in a moment: right after a change, until
  /// a proxy has had time to say what became of it, and for a shorter time the others; after a
  /// start, until those that were there have had time to come back.
  ///
  /// @return for how many nanoseconds more, if nobody says anything before; not above 0 for one
  ///   that is to be written now
  private long postponed(ObjectName name, Facts facts, long now) {
    boolean proxies = facts.awaitsProxies();
    if (proxies || facts.awaitsOthers()) {
      long since = waitingSince.computeIfAbsent(name, n -> now);
      return since + (proxies ? ACK_NANOS : OTHERS_NANOS) - now;
    }
    waitingSince.remove(name);
    return facts.missesProxies() ? startedAt + START_NANOS - now : 0;
  }

  /// What stands there: our own last write until the watch shows it, or has had time enough to.
  private @Nullable LoadBalancerStatus before(Observed seen) {
    ObjectName name = seen.resource().name();
    Written ours = written.get(name);
    if (ours == null) {
      return seen.status();
    }
    if (ours.status.equals(seen.status()) || ours.at.plus(WATCH_LAG).isBefore(clock.instant())) {
      written.remove(name, ours);
      return seen.status();
    }
    return ours.status;
  }

  private void settle(ObjectName name, LoadBalancerStatus status) {
    var proxies = status.proxies();
    if (proxies != null && proxies.total() > 0 && proxies.current() == proxies.total()) {
      unsettled.remove(name);
    }
  }

  /// What proxies say of its endpoints is kept for a while: one that is made anew at once may be
  /// what they run already, and then they say nothing.
  private void forget(ObjectName name, long now) {
    long left = goneSince.computeIfAbsent(name, n -> now) + GONE_FOR_GOOD_NANOS - now;
    if (left > 0) {
      queue.addLater(name, true, TimeUnit.NANOSECONDS.toMillis(left) + 1);
    } else {
      health.forget(name.toString());
      goneSince.remove(name);
    }
    unsettled.remove(name);
    waitingSince.remove(name);
    written.remove(name);
    events.forget(name);
    if (infrastructure != null) {
      infrastructure.forget(name);
    }
  }

  private static String explain(KubernetesClientException e) {
    return e.getCode() == 403
        ? "the controller may not patch loadbalancers/status: apply its ClusterRole (deploy/rbac.yaml)"
        : String.valueOf(e.getMessage());
  }

  /// @return whether it is written
  private boolean write(ObjectName name, LoadBalancerStatus status) {
    LoadBalancer object = new LoadBalancer();
    object.setMetadata(
        new ObjectMetaBuilder().withName(name.name()).withNamespace(name.namespace()).build());
    object.setStatus(status);
    long start = System.nanoTime();
    try {
      client.resource(object).subresource("status").patch(APPLY);
      written.put(name, new Written(status, clock.instant()));
      writeTimes.since(start);
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != 404) {
        failures.increment();
        LOG.warn("cannot write the status of {}: {}; trying again", name, explain(e));
        queue.addLater(name, true, WRITE_RETRY_MILLIS);
      }
      return false;
    }
  }
}
