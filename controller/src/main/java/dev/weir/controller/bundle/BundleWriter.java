package dev.weir.controller.bundle;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.controller.infra.BundlePlace;
import dev.weir.controller.reconcile.Member;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.stream.SessionState;
import dev.weir.controller.stream.Wanted;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps bundles as good as proxies' configurations are, while this replica leads. Each is written
/// at most once in an interval, all together five times a second at most. Started once.
public final class BundleWriter {
  private static final Logger LOG = LoggerFactory.getLogger(BundleWriter.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration PACE = Duration.ofMillis(200);

  private final KubernetesClient client;
  private final String system;
  private final Reconciler reconciler;
  private final Function<ProxyGroup, List<SessionState>> sessions;
  private final Function<ProxyGroup, Set<String>> unproven;
  private final BooleanSupplier leading;
  private final long interval;
  private final Map<ProxyGroup, Known> known = new HashMap<>();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Thread thread =
      Thread.ofPlatform().name("weir-bundle").daemon().unstarted(this::run);

  /// What is known of a bundle.
  ///
  /// @param looked whether the cluster was asked
  /// @param slot where the next one goes
  /// @param notBefore the next attempt, by [System#nanoTime]
  /// @param problem what kept the last attempt from succeeding
  private record Known(
      boolean looked,
      BundlePlace.Slot slot,
      String digest,
      Resources resources,
      long notBefore,
      @Nullable String problem) {}

  /// @param system the controller's namespace
  /// @param sessions the proxies of a group, of all replicas
  /// @param unproven LoadBalancers whose latest has not proved good yet
  /// @param leading whether this replica leads
  /// @param interval the shortest time between two writes of one bundle
  public BundleWriter(
      KubernetesClient client,
      String system,
      Reconciler reconciler,
      Function<ProxyGroup, List<SessionState>> sessions,
      Function<ProxyGroup, Set<String>> unproven,
      BooleanSupplier leading,
      Duration interval) {
    this.client = client;
    this.system = system;
    this.reconciler = reconciler;
    this.sessions = sessions;
    this.unproven = unproven;
    this.leading = leading;
    this.interval = interval.toNanos();
  }

  /// Starts its thread.
  public void start() {
    thread.start();
  }

  /// Ends its thread.
  public void stop() {
    thread.interrupt();
  }

  /// How many bundles were written. Any thread.
  public long written() {
    return written.get();
  }

  /// How many could not be. Any thread.
  public long failures() {
    return failures.get();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        if (leading.getAsBoolean() && reconciler.complete()) {
          lookAtAll();
        } else {
          known.clear();
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("no bundles any more");
    }
  }

  private void lookAtAll() throws InterruptedException {
    Set<ProxyGroup> groups = new HashSet<>(reconciler.groups());
    groups.addAll(known.keySet());
    for (ProxyGroup group : groups) {
      if (!leading.getAsBoolean()) {
        return;
      }
      try {
        if (look(group)) {
          Thread.sleep(PACE);
        }
      } catch (RuntimeException e) {
        LOG.error("cannot look at the bundle of {}", group, e);
      }
    }
  }

  /// @return whether the cluster was asked for anything
  private boolean look(ProxyGroup group) {
    Wanted wanted = reconciler.wanted(group);
    Known now =
        known.getOrDefault(
            group,
            new Known(false, BundlePlace.Slot.A, "", Resources.EMPTY, System.nanoTime(), null));
    if (wanted == null
        || now.digest.equals(wanted.snapshot().digest().hex()) && wanted.held().isEmpty()
        || System.nanoTime() - now.notBefore < 0) {
      return false;
    }
    OwnerReference owner = null;
    if (group instanceof ProxyGroup.Own(String namespace, String name)) {
      Member member = reconciler.member(new ObjectName(namespace, name));
      if (member == null) {
        known.remove(group);
        return false;
      }
      owner = owner(name, member.seen().uid());
    }
    var secrets = new BundleSecrets(client, group, BundlePlace.of(group, system), owner);
    boolean asks = !now.looked;
    try {
      Known looked = now.looked ? now : read(secrets, now);
      Snapshot good =
          GoodSnapshot.of(wanted, unproven.apply(group), sessions.apply(group), looked::resources);
      known.put(group, looked);
      if (good == null || good.digest().hex().equals(looked.digest)) {
        return asks;
      }
      secrets.write(looked.slot, good);
      written.incrementAndGet();
      LOG.info("wrote the bundle of {}: version {}", group, good.version().label());
      known.put(
          group,
          new Known(
              true,
              looked.slot.other(),
              good.digest().hex(),
              good.resources(),
              System.nanoTime() + interval,
              null));
      return true;
    } catch (IOException e) {
      failed(group, now, String.valueOf(e.getMessage()));
      return true;
    }
  }

  private static Known read(BundleSecrets secrets, Known now) throws IOException {
    BundleSecrets.Present present = secrets.read();
    return present == null
        ? new Known(true, now.slot, now.digest, now.resources, now.notBefore, null)
        : new Known(
            true,
            present.slot().other(),
            present.digest(),
            present.snapshot().resources(),
            now.notBefore,
            null);
  }

  private void failed(ProxyGroup group, Known now, String problem) {
    failures.incrementAndGet();
    if (!problem.equals(now.problem)) {
      LOG.warn("cannot keep the bundle of {}: {}; trying again", group, problem);
    }
    known.put(
        group,
        new Known(
            now.looked,
            now.slot,
            now.digest,
            now.resources,
            System.nanoTime() + interval,
            problem));
  }

  private static OwnerReference owner(String loadBalancer, String uid) {
    return new OwnerReferenceBuilder()
        .withApiVersion("weir.dev/v1alpha1")
        .withKind("LoadBalancer")
        .withName(loadBalancer)
        .withUid(uid)
        .withController(true)
        .build();
  }
}
