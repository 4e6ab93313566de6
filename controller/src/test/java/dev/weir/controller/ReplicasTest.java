package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.config.stream.Version;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two replicas that both serve proxies, of which one leads: its statuses are made of what the
/// proxies of both say.
class ReplicasTest {
  private static final Duration STATUS = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private ControlPlane plane;
  private Controller follower;

  @BeforeEach
  void start() throws Exception {
    plane = new ControlPlane(directory);
    awaitMetric(plane.controller(), "weir_controller_leading 1");
    follower = plane.startReplica();
    awaitMetric(plane.controller(), "weir_controller_followers 1");
  }

  @AfterEach
  void stop() throws Exception {
    follower.stop();
    plane.close();
  }

  @Test
  void theStatusIsMadeOfTheProxiesOfBothReplicasAndFailoverForgetsNone() throws Exception {
    plane.apply(loadBalancer("web", 80));
    try (var one = proxyAt(plane.controller(), "one");
        var two = proxyAt(follower, "two")) {
      awaitProxies("2/2");
      plane.awaitCondition("web", "Ready", "True", STATUS);
      assertEquals("1/1", plane.loadBalancer("web").getStatus().endpoints().summary());

      two.healthy = false;
      two.tellHealth();
      awaitProblem("seen by 1 of 2 proxies");
      two.healthy = true;
      two.tellHealth();
      Await.until("healthy", STATUS, () -> problems("web").isEmpty());

      two.rejects.add(plane.namespace + "/web");
      plane.apply(loadBalancer("web", 81));
      awaitProxies("1/2");
      Condition degraded = plane.awaitCondition("web", "Degraded", "True", STATUS);
      assertEquals("Rejected", degraded.reason());
      plane.awaitCondition("web", "Accepted", "True", STATUS);
      two.rejects.clear();
      plane.apply(loadBalancer("web", 82));
      awaitProxies("2/2");

      try (var history = new ReadyHistory(plane, "web")) {
        Version last = two.versions.getLast();
        plane.stopController();
        awaitMetric(follower, "weir_controller_leading 1");
        Await.until(
            "the next term",
            STATUS,
            () -> two.versions.getLast().transitions() == last.transitions() + 1);
        plane.startController();
        awaitMetric(follower, "weir_controller_followers 1");
        Await.until("back at its port", STATUS, one::connected);
        plane.apply(loadBalancer("web", 83));
        Await.until(
            "the successor tells the change",
            STATUS,
            () -> plane.loadBalancer("web").getStatus().observedGeneration() == 4);
        awaitProxies("2/2");
        assertEquals(List.of(), history.unready(), "failover is no reason not to be ready");
      }
      assertRising(one);
      assertRising(two);
    }
  }

  @Test
  void aProxyThatGoesFromOneReplicaToTheOtherNeverSeesALowerVersion() throws Exception {
    plane.apply(loadBalancer("web", 80));
    Path state = directory.resolve("state");
    Version last;
    try (var proxy = proxy(plane.controller(), "one", state)) {
      Await.until("applied", () -> proxy.body(plane.namespace + "/web").contains(":80"));
      for (int port = 81; port < 90; port++) {
        plane.apply(loadBalancer("web", port));
        String wanted = ":" + port;
        Await.until("applied", () -> proxy.body(plane.namespace + "/web").contains(wanted));
      }
      last = proxy.versions.getLast();
    }
    try (var proxy = proxy(follower, "one", state)) {
      Await.until("welcomed", () -> !proxy.versions.isEmpty());
      assertFalse(proxy.versions.getFirst().before(last), "went back");
      assertRising(proxy);
      awaitProxies("1/1");
    }
  }

  private static void assertRising(SimulatedProxy proxy) {
    for (int i = 1; i < proxy.versions.size(); i++) {
      Version before = proxy.versions.get(i - 1);
      Version after = proxy.versions.get(i);
      assertFalse(after.before(before), before.label() + " then " + after.label());
    }
  }

  private List<?> problems(String name) {
    var status = plane.loadBalancer(name).getStatus();
    return status == null || status.problems() == null ? List.of() : status.problems();
  }

  private void awaitProblem(String text) {
    Await.until(text, STATUS, () -> problems("web").toString().contains(text));
  }

  private void awaitProxies(String summary) {
    Await.until(
        summary + " proxies",
        STATUS,
        () -> {
          var status = plane.loadBalancer("web").getStatus();
          return status != null
              && status.proxies() != null
              && status.proxies().summary().equals(summary);
        });
  }

  private SimulatedProxy proxyAt(Controller replica, String id) throws Exception {
    return plane.simulated(replica.streamPort(), "edge", id, null);
  }

  private SimulatedProxy proxy(Controller replica, String id, Path state) throws Exception {
    return plane.simulated(replica.streamPort(), "edge", id, state);
  }

  private static void awaitMetric(Controller of, String line) {
    Await.until(
        line, STATUS, () -> LoadClient.fetch(of.healthPort(), "/metrics").contains(line + "\n"));
  }

  private String loadBalancer(String name, int port) {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d, defaultPool: web}]
          pools: [{name: web, endpoints: [{address: 203.0.113.7, port: 80}]}]
        """
        .formatted(name, plane.fleet("edge"), port);
  }
}
