package dev.weir.controller.reconcile;

import dev.weir.config.render.ObjectName;
import dev.weir.config.render.Rendered;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.controller.gather.Cluster;
import dev.weir.controller.gather.Observed;
import dev.weir.controller.stream.Wanted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The check that work by increments has missed nothing: from time to time everything is made from
/// nothing and compared. What differs, and still does a moment later while nothing waits to be
/// reconciled, is a bug: it is logged, counted and made anew.
///
/// Runs on a thread of its own with the lowest priority, in small steps.
public final class Audit {
  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final Duration MOMENT = Duration.ofSeconds(2);
  private static final int STEP = 50;
  private static final long REST_MILLIS = 5;

  private final Reconciler reconciler;
  private final Cluster cluster;
  private final Duration moment;
  private final LongAdder passes = new LongAdder();
  private final LongAdder drift = new LongAdder();
  private volatile double lastSeconds;
  private volatile @Nullable Thread thread;

  /// @param cluster what the reconciler's state is to be equal to
  public Audit(Reconciler reconciler, Cluster cluster) {
    this(reconciler, cluster, MOMENT);
  }

  Audit(Reconciler reconciler, Cluster cluster, Duration moment) {
    this.reconciler = reconciler;
    this.cluster = cluster;
    this.moment = moment;
  }

  /// Compares every five minutes until [#stop].
  public void start() {
    var own =
        Thread.ofPlatform()
            .name("weir-audit")
            .daemon()
            .priority(Thread.MIN_PRIORITY)
            .unstarted(this::work);
    thread = own;
    own.start();
  }

  /// Ends the comparisons.
  public void stop() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private void work() {
    try {
      while (true) {
        Thread.sleep(INTERVAL);
        pass();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// How many comparisons there were.
  public long passes() {
    return passes.sum();
  }

  /// How many differences they found.
  public long drift() {
    return drift.sum();
  }

  /// How long the last one took, in seconds.
  public double lastSeconds() {
    return lastSeconds;
  }

  /// Compares everything once.
  ///
  /// @return what differs: LoadBalancers, and groups whose digest is not that of their resources
  List<String> pass() throws InterruptedException {
    if (!reconciler.complete()) {
      return List.of();
    }
    long start = System.nanoTime();
    Map<ObjectName, @Nullable Observed> suspects = suspects();
    List<String> found = groups();
    if (!suspects.isEmpty()) {
      Thread.sleep(moment);
    }
    suspects.forEach(
        (name, seen) -> {
          if (differsAtRest(name, seen)) {
            found.add("LoadBalancer " + name);
            reconciler.loadBalancer(name);
          }
        });
    for (String what : found) {
      LOG.error("{} is not what it would be if it were made from nothing: made anew", what);
    }
    drift.add(found.size());
    passes.increment();
    lastSeconds = (System.nanoTime() - start) / 1e9;
    return found;
  }

  private Map<ObjectName, @Nullable Observed> suspects() throws InterruptedException {
    Map<ObjectName, @Nullable Observed> suspects = new LinkedHashMap<>();
    var names = new TreeSet<>(reconciler.names());
    cluster.loadBalancers().forEach(seen -> names.add(seen.resource().name()));
    int step = 0;
    for (ObjectName name : names) {
      Observed seen = cluster.loadBalancer(name);
      if (differs(name, seen)) {
        suspects.put(name, seen);
      }
      if (++step % STEP == 0) {
        Thread.sleep(REST_MILLIS);
      }
    }
    return suspects;
  }

  /// Whether it differs while nothing is being done that could be about it.
  private boolean differsAtRest(ObjectName name, @Nullable Observed seen) {
    long step = reconciler.steps();
    return step % 2 == 0
        && !reconciler.waits(name)
        && cluster.loadBalancer(name) == seen
        && differs(name, seen)
        && !reconciler.waits(name)
        && reconciler.steps() == step;
  }

  /// Snapshots are immutable: what does not add up now never will.
  private List<String> groups() {
    List<String> found = new ArrayList<>();
    for (ProxyGroup group : reconciler.groups()) {
      Wanted wanted = reconciler.wanted(group);
      if (wanted != null
          && !Resources.sum(wanted.snapshot().resources()).equals(wanted.snapshot().digest())) {
        found.add("the digest of " + group);
      }
    }
    return found;
  }

  private boolean differs(ObjectName name, @Nullable Observed seen) {
    Member member = reconciler.member(name);
    if (seen == null || member == null) {
      return seen != null || member != null;
    }
    Rendered fresh = reconciler.sized(seen, cluster, member.credentials()).rendered();
    boolean same =
        member.seen().group().equals(seen.group())
            && Objects.equals(fresh.config(), member.config())
            && fresh.endpoints().equals(member.endpoints())
            && fresh.credentials().equals(member.credentials())
            && (member.config() == null
                || !member.conflicts().isEmpty()
                || member.config().equals(member.served())
                    && member.endpoints().equals(member.servedEndpoints())
                    && member.credentials().equals(member.servedCredentials()));
    return !same || !member.servedResources().equals(wanted(seen.group(), name));
  }

  private List<Resource> wanted(ProxyGroup group, ObjectName name) {
    Wanted wanted = reconciler.wanted(group);
    return wanted == null
        ? List.of()
        : wanted.snapshot().resources().ofLoadBalancer(name.toString());
  }
}
