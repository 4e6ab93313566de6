package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A fleet of real proxies when the controller is away, when one of many resources is wrong, and
/// when a stranger asks.
class FleetTest {
  private static final Duration STATUS = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private ControlPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new ControlPlane(directory);
  }

  @AfterEach
  void stop() throws Exception {
    plane.close();
  }

  @Test
  void aProxyThatRestartsWithoutItsControllerServesOnAndIsSentNothingAfterwards() throws Exception {
    int port = Ports.free();
    Path state = Files.createDirectory(directory.resolve("state"));
    try (var origin = Origin.startAt(TestCluster.address(), "a")) {
      plane.apply(loadBalancer("web", port, origin, "web"));
      try (var proxy = plane.proxy("edge", "--state-dir", state.toString())) {
        Await.until("traffic", () -> LoadClient.fetch(port, "/").equals("a"));
        // Under its own name: it is written under another one first.
        Await.until(
            "the last known good is written", () -> Files.exists(state.resolve("last-known-good")));
        plane.stopController();
        assertEquals("a", LoadClient.fetch(port, "/"));
        proxy.kill();
      }
      try (var proxy = plane.proxy("edge", "--state-dir", state.toString())) {
        assertEquals("a", LoadClient.fetch(port, "/"));
        assertTrue(proxy.state().path("stale").asBoolean(), "says that it is stale");
        plane.startController();
        proxy.awaitState("current", Duration.ofSeconds(30), s -> !s.path("stale").asBoolean());
        plane.awaitCondition("web", "Ready", "True", STATUS);
        awaitEmptyCommit();
        awaitMetric("weir_controller_upserts_total 0");
      }
    }
  }

  @Test
  void oneOfTenThatIsWrongKeepsItsLastGoodSetAlsoWhenTheControllerRestarts() throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      ports.add(Ports.free());
    }
    try (var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      for (int i = 0; i < 10; i++) {
        plane.apply(loadBalancer("lb" + i, ports.get(i), a, "web"));
      }
      try (var ignored = plane.proxy("edge")) {
        for (int port : ports) {
          Await.until("a answers on " + port, () -> LoadClient.fetch(port, "/").equals("a"));
        }
        for (int i = 0; i < 10; i++) {
          plane.apply(loadBalancer("lb" + i, ports.get(i), b, i == 4 ? "missing" : "web"));
        }
        requireAllButTheFifth(ports);
        var refused = plane.awaitCondition("lb4", "ResolvedRefs", "False", STATUS);
        assertEquals("PoolNotFound", refused.reason());
        assertTrue(refused.message().contains("missing"), refused.message());
        plane.awaitCondition("lb4", "Programmed", "False", STATUS);
        plane.awaitCondition("lb3", "Ready", "True", STATUS);

        try (var history = new ReadyHistory(plane, "lb3")) {
          plane.stopController();
          plane.startController();
          awaitEmptyCommit();
          requireAllButTheFifth(ports);
          awaitMetric("weir_controller_upserts_total 0");
          assertEquals(List.of(), history.unready(), "a restart is no reason not to be ready");
        }
        plane.awaitCondition("lb4", "Programmed", "False", STATUS);
      }
    }
  }

  private static void requireAllButTheFifth(List<Integer> ports) throws Exception {
    for (int i = 0; i < 10; i++) {
      int port = ports.get(i);
      String expected = i == 4 ? "a" : "b";
      Await.until(
          expected + " answers on " + port, () -> LoadClient.fetch(port, "/").equals(expected));
    }
  }

  @Test
  void whoCannotProveThatItBelongsToTheFleetGetsNothing() throws Exception {
    int port = Ports.free();
    try (var origin = Origin.startAt(TestCluster.address(), "a")) {
      plane.apply(loadBalancer("web", port, origin, "web"));
      plane.awaitCondition("web", "Accepted", "True", STATUS);
      requireRefused(plane.token("edge", "somebody-else"), "401");
      requireRefused("not-a-token", "401");
      requireRefused(plane.token("other", "weir-controller"), "403");
      assertTrue(ControlPathTest.closed(port), "nobody listens");
    }
  }

  private void requireRefused(String token, String answer) throws Exception {
    try (var stranger = plane.proxyWith(token, "edge").launch()) {
      // Times and ports in other lines have the same digits now and then.
      String told = "no controller: the controller answers " + answer;
      Await.until(told, Duration.ofSeconds(60), () -> stranger.logged(told));
    }
  }

  private void awaitMetric(String line) {
    int port = plane.controller().healthPort();
    Await.until(line, STATUS, () -> LoadClient.fetch(port, "/metrics").contains(line + "\n"));
  }

  /// Waits for a commit that brings a version and nothing else. A controller that sees the term of
  /// the one before, and then makes its own, sends two.
  private void awaitEmptyCommit() {
    int port = plane.controller().healthPort();
    Await.until(
        "an empty commit",
        STATUS,
        () ->
            PrometheusPage.parse(LoadClient.fetch(port, "/metrics"))
                    .value("weir_controller_empty_commits_total")
                >= 1);
  }

  private String loadBalancer(String name, int port, Origin origin, String pool) throws Exception {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d, defaultPool: %s}]
          pools:
            - name: web
              endpoints: [{address: "%s", port: %d}]
        """
        .formatted(
            name,
            plane.fleet("edge"),
            port,
            pool,
            TestCluster.address().getHostAddress(),
            origin.port());
  }
}
