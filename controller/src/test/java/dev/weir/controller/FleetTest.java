package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
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
        assertEquals("a", LoadClient.fetch(port, "/"));
        Await.until("the last known good is written", () -> !isEmpty(state));
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
        awaitMetric("weir_controller_empty_commits_total 1");
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
          awaitMetric("weir_controller_empty_commits_total 1");
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
      requireRefused(plane.token("edge", "somebody-else"), "HTTP 401");
      requireRefused("not-a-token", "HTTP 401");
      requireRefused(plane.token("other", "weir-controller"), "HTTP 403");
      assertTrue(ControlPathTest.closed(port), "nobody listens");
    }
  }

  private void requireRefused(String token, String answer) throws Exception {
    try (var stranger = plane.proxyWith(token, "edge").launch()) {
      Await.until(
          answer,
          Duration.ofSeconds(60),
          () -> stranger.logged(answer.substring("HTTP ".length())));
      assertTrue(stranger.logged("no controller"), stranger.describe());
    }
  }

  private void awaitMetric(String line) {
    int port = plane.controller().healthPort();
    Await.until(line, STATUS, () -> LoadClient.fetch(port, "/metrics").contains(line + "\n"));
  }

  private static boolean isEmpty(Path directory) throws Exception {
    try (var files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
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
