package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.weir.controller.lease.Epoch;
import dev.weir.controller.lease.LeaderElector;
import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ElectionTest {
  private static final String NAMESPACE = "weir-system";
  private static final String LEASE = "weir-controller";
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final LeaderElector.Timing TIMING =
      new LeaderElector.Timing(Duration.ofSeconds(5), Duration.ofSeconds(4), Duration.ofMillis(50));

  private final MockCluster cluster = new MockCluster();
  private final List<LeaderElector> electors = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (LeaderElector elector : electors) {
      elector.stop();
    }
    cluster.close();
  }

  @Test
  void ofTwoOneLeadsAndTheOtherFollowsAtOnceWhenItStops() throws Exception {
    // Whoever waits for the lease to be over waits for longer than this test.
    var timing =
        new LeaderElector.Timing(
            Duration.ofMinutes(5), Duration.ofMinutes(4), Duration.ofMillis(50));
    var first = elector(cluster.client(), "first", timing, InstantSource.system());
    Await.until("the first leads", DEADLINE, first::leading);
    var second = elector(cluster.client(), "second", timing, InstantSource.system());
    Await.until("the second knows the term", DEADLINE, () -> second.epoch() != null);
    assertFalse(second.leading());
    assertEquals(first.epoch(), second.epoch());
    Epoch before = first.epoch();
    assertNotNull(before);

    first.stop();
    assertFalse(first.leading());
    Await.until("the second leads", DEADLINE, second::leading);
    Epoch after = second.epoch();
    assertNotNull(after);
    assertEquals(before.lease(), after.lease());
    assertEquals(before.transitions() + 1, after.transitions());
  }

  @Test
  void aHolderThatDiedIsSucceededAfterTheLeasesTimeAsMeasuredHere() throws Exception {
    // Its clock is an hour ahead: that does not matter.
    var future = Instant.now().plusSeconds(3600).atZone(ZoneOffset.UTC);
    cluster
        .client()
        .resource(
            new LeaseBuilder()
                .withNewMetadata()
                .withName(LEASE)
                .withNamespace(NAMESPACE)
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity("dead")
                .withLeaseDurationSeconds(5)
                .withLeaseTransitions(41)
                .withRenewTime(future)
                .endSpec()
                .build())
        .create();
    long start = System.nanoTime();
    var heir = elector("heir");
    Await.until("the heir leads", DEADLINE, heir::leading);
    assertTrue(System.nanoTime() - start >= TIMING.lease().toNanos(), "too early");
    assertEquals(42, Epoch.class.cast(heir.epoch()).transitions());
  }

  @Test
  void aLeaderThatCannotRenewStopsLeadingBeforeAnybodyElseMayStart() throws Exception {
    var timing =
        new LeaderElector.Timing(
            Duration.ofSeconds(30), Duration.ofSeconds(4), Duration.ofMillis(50));
    var cut = new MockCluster();
    var leader = elector(cut.client(), "leader", timing, InstantSource.system());
    Await.until("it leads", DEADLINE, leader::leading);
    cut.close();
    long start = System.nanoTime();
    Await.until("it does not lead any more", DEADLINE, () -> !leader.leading());
    long passed = System.nanoTime() - start;
    assertTrue(passed < timing.lease().toNanos(), passed + " ns");
  }

  @Test
  void clocksThatAreHoursApartNeverMakeTwoLeadersAtOnce() throws Exception {
    var timing =
        new LeaderElector.Timing(
            Duration.ofSeconds(2), Duration.ofMillis(1200), Duration.ofMillis(50));
    var ahead = elector(cluster.client(), "ahead", timing, () -> Instant.now().plusSeconds(3600));
    var behind =
        elector(cluster.client(), "behind", timing, () -> Instant.now().minusSeconds(3600));
    Await.until("one leads", DEADLINE, () -> ahead.leading() || behind.leading());
    long end = System.nanoTime() + 2 * timing.lease().toNanos();
    while (System.nanoTime() < end) {
      // Asked twice: between two questions the lease may go from one to the other.
      assertFalse(ahead.leading() && behind.leading() && ahead.leading(), "two leaders");
      Thread.yield();
    }
    var leader = ahead.leading() ? ahead : behind;
    leader.stop();
    var other = leader == ahead ? behind : ahead;
    Await.until("the other follows", DEADLINE, other::leading);
  }

  /// Others count from the moment at which the API server has written it.
  @Test
  void aLeaseCountsFromBeforeItWasAskedForHoweverLateTheAnswerIs() throws Exception {
    var timing =
        new LeaderElector.Timing(
            Duration.ofSeconds(30), Duration.ofSeconds(4), Duration.ofMillis(50));
    var written = new AtomicLong();
    var late = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    late.createContext(
        "/",
        call -> {
          byte[] lease = call.getRequestBody().readAllBytes();
          boolean create = lease.length > 0 && written.compareAndSet(0, System.nanoTime());
          if (create) {
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
          }
          call.getResponseHeaders().set("Content-Type", "application/json");
          call.sendResponseHeaders(create ? 201 : written.get() == 0 ? 404 : 503, 0);
          try (var out = call.getResponseBody()) {
            out.write(create ? lease : "{}".getBytes(StandardCharsets.US_ASCII));
          }
        });
    late.start();
    var config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + late.getAddress().getPort())
            .build();
    try (var client = new KubernetesClientBuilder().withConfig(config).build()) {
      var leader = elector(client, "leader", timing, InstantSource.system());
      Await.until("it leads", DEADLINE, leader::leading);
      long led = written.get();
      long now = led;
      while (now - written.get() < 2 * timing.renewDeadline().toNanos()) {
        if (leader.leading()) {
          led = now;
        }
        LockSupport.parkNanos(1_000_000);
        now = System.nanoTime();
      }
      leader.stop();
      assertTrue(led - written.get() <= timing.renewDeadline().toNanos(), "it led for too long");
    } finally {
      late.stop(0);
    }
  }

  private LeaderElector elector(String identity) {
    return elector(cluster.client(), identity, TIMING, InstantSource.system());
  }

  private LeaderElector elector(
      KubernetesClient on, String identity, LeaderElector.Timing timing, InstantSource clock) {
    var elector =
        new LeaderElector(
            on,
            NAMESPACE,
            LEASE,
            identity,
            identity + ":9443",
            timing,
            clock,
            new LeaderElector.Listener() {
              @Override
              public void epoch(Epoch epoch) {}

              @Override
              public void leading(boolean leads) {}
            });
    electors.add(elector);
    elector.start();
    return elector;
  }
}
