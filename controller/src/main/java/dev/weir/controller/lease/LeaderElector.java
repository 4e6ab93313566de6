package dev.weir.controller.lease;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Elects one leader among replicas by a Lease of coordination.k8s.io.
///
/// Another's lease counts as over when its record did not change for the lease's duration as
/// measured here, so wrong clocks of other machines do not matter. A leader that could not renew
/// for the renew deadline steps down before anybody else can take over. The identity is new at each
/// process start, so a restart is a transition. Runs on a thread of its own.
public final class LeaderElector {
  /// The annotation of the Lease that says where its holder listens.
  static final String ADDRESS = "weir.dev/replica-address";

  private static final Logger LOG = LoggerFactory.getLogger(LeaderElector.class);

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private final String identity;
  private final String address;
  private final Timing timing;
  private final InstantSource clock;
  private final Listener listener;
  private volatile @Nullable Epoch epoch;
  private volatile boolean leading;
  private volatile @Nullable String leaderAddress;
  private volatile boolean stopped;
  private @Nullable String seenRecord;
  private long seenAt;
  private volatile long renewedAt;
  private @Nullable Thread thread;
  private @Nullable String problem;

  /// @param lease after which time without a change another replica may take over
  /// @param renewDeadline after which time without a renewal a leader steps down; shorter than
  ///   `lease`
  /// @param retry between two tries
  public record Timing(Duration lease, Duration renewDeadline, Duration retry) {
    /// 15, 10 and 2 seconds.
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
  }

  /// Who is told. Called on the elector's thread.
  public interface Listener {
    /// The Lease is known, or changed hands.
    void epoch(Epoch epoch);

    /// This replica leads from now on, or does not any more.
    void leading(boolean leads);
  }

  /// @param identity unique for each process
  /// @param address `host:port` at which other replicas reach this one
  public LeaderElector(
      KubernetesClient client,
      String namespace,
      String name,
      String identity,
      String address,
      Timing timing,
      InstantSource clock,
      Listener listener) {
    this.client =
        client
            .newClient(
                new RequestConfigBuilder()
                    .withRequestTimeout((int) timing.renewDeadline().toMillis() / 3)
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .adapt(KubernetesClient.class);
    this.namespace = namespace;
    this.name = name;
    this.identity = identity;
    this.address = address;
    this.timing = timing;
    this.clock = clock;
    this.listener = listener;
  }

  /// The Lease's term as last seen; null before the first answer.
  public @Nullable Epoch epoch() {
    return epoch;
  }

  /// Whether this replica leads: also false from the renew deadline on, however long a request
  /// hangs.
  public boolean leading() {
    return leading && System.nanoTime() - renewedAt <= timing.renewDeadline().toNanos();
  }

  /// The `host:port` of the replica that leads, as far as is known; null while that is this one, or
  /// nobody.
  public @Nullable String leaderAddress() {
    return leading ? null : leaderAddress;
  }

  /// Takes part until [#stop].
  public void start() {
    thread = Thread.ofPlatform().name("weir-lease").daemon().start(this::run);
  }

  /// Stops taking part; gives the Lease back if it is ours, so that another replica need not wait.
  public void stop() throws InterruptedException {
    stopped = true;
    Thread running = thread;
    if (running != null) {
      LockSupport.unpark(running);
      running.join(Duration.ofSeconds(5));
    }
  }

  private void run() {
    while (!stopped) {
      try {
        tryOnce();
        problem = null;
      } catch (KubernetesClientException e) {
        report(e);
      } catch (RuntimeException e) {
        report(new KubernetesClientException(e.toString(), e));
      }
      if (leading && System.nanoTime() - renewedAt > timing.renewDeadline().toNanos()) {
        LOG.warn("stepping down: the Lease {}/{} could not be renewed", namespace, name);
        lead(false);
      }
      LockSupport.parkNanos(timing.retry().toNanos());
    }
    if (leading) {
      lead(false);
      release();
    }
  }

  private void report(KubernetesClientException e) {
    String text =
        e.getCode() == 403
            ? "the controller may not get, create and update leases in namespace " + namespace
            : "cannot read or write the Lease %s/%s: %s"
                .formatted(namespace, name, e.getMessage() == null ? e.getCause() : e.getMessage());
    if (!text.equals(problem)) {
      problem = text;
      LOG.warn("{}; trying again", text);
    }
  }

  private void tryOnce() {
    Lease lease = client.leases().inNamespace(namespace).withName(name).get();
    if (lease == null) {
      long asked = System.nanoTime();
      renewed(asked, client.leases().inNamespace(namespace).resource(first()).create());
      return;
    }
    observe(lease);
    boolean ours = identity.equals(lease.getSpec().getHolderIdentity());
    if (ours || over(lease)) {
      long asked = System.nanoTime();
      renewed(asked, client.leases().inNamespace(namespace).resource(taken(lease, ours)).update());
    } else if (leading) {
      LOG.warn("another replica took the Lease {}/{}", namespace, name);
      lead(false);
    }
  }

  /// @param asked when it was asked for: others may have seen it written right afterwards, however
  ///   long the answer took
  private void renewed(long asked, Lease written) {
    renewedAt = asked;
    observe(written);
    if (!leading) {
      lead(true);
    }
  }

  private boolean over(Lease lease) {
    String holder = lease.getSpec().getHolderIdentity();
    return holder == null
        || holder.isEmpty()
        || System.nanoTime() - seenAt > timing.lease().toNanos();
  }

  private void observe(Lease lease) {
    String record = lease.getMetadata().getResourceVersion();
    if (!Objects.equals(record, seenRecord)) {
      seenRecord = record;
      seenAt = System.nanoTime();
    }
    leaderAddress = addressOfAnother(lease);
    Integer transitions = lease.getSpec().getLeaseTransitions();
    Epoch now =
        new Epoch(
            Objects.requireNonNullElse(lease.getMetadata().getUid(), ""),
            created(lease),
            transitions == null ? 0 : transitions);
    if (!now.equals(epoch)) {
      epoch = now;
      listener.epoch(now);
    }
  }

  private @Nullable String addressOfAnother(Lease lease) {
    String holder = lease.getSpec().getHolderIdentity();
    if (holder == null || holder.isEmpty() || holder.equals(identity)) {
      return null;
    }
    return lease.getMetadata().getAnnotations().get(ADDRESS);
  }

  private static long created(Lease lease) {
    String created = lease.getMetadata().getCreationTimestamp();
    return created == null ? 0 : Instant.parse(created).getEpochSecond();
  }

  private Lease first() {
    return new LeaseBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .addToAnnotations(ADDRESS, address)
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity(identity)
        .withLeaseDurationSeconds((int) timing.lease().toSeconds())
        .withLeaseTransitions(1)
        .withAcquireTime(now())
        .withRenewTime(now())
        .endSpec()
        .build();
  }

  private Lease taken(Lease lease, boolean ours) {
    Integer before = lease.getSpec().getLeaseTransitions();
    int transitions = before == null ? 0 : before;
    return new LeaseBuilder(lease)
        .editMetadata()
        .addToAnnotations(ADDRESS, address)
        .endMetadata()
        .editSpec()
        .withHolderIdentity(identity)
        .withLeaseDurationSeconds((int) timing.lease().toSeconds())
        .withLeaseTransitions(ours ? transitions : transitions + 1)
        .withAcquireTime(ours ? lease.getSpec().getAcquireTime() : now())
        .withRenewTime(now())
        .endSpec()
        .build();
  }

  private ZonedDateTime now() {
    return clock.instant().atZone(ZoneOffset.UTC);
  }

  private void lead(boolean leads) {
    leading = leads;
    LOG.info(leads ? "this replica leads" : "this replica does not lead any more");
    listener.leading(leads);
  }

  private void release() {
    try {
      Lease lease = client.leases().inNamespace(namespace).withName(name).get();
      if (lease != null && identity.equals(lease.getSpec().getHolderIdentity())) {
        client
            .leases()
            .inNamespace(namespace)
            .resource(new LeaseBuilder(lease).editSpec().withHolderIdentity("").endSpec().build())
            .update();
      }
    } catch (RuntimeException e) {
      LOG.info("the Lease was not given back: {}", e.getMessage());
    }
  }
}
