package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.api.v1alpha1.LoadBalancerStatus.Condition;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import io.fabric8.kubernetes.api.model.Event;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole way from `kubectl apply` to a client's request and back to the status, through a
/// controller and a real proxy process; against the mock API server, or the real one of
/// `WEIR_TEST_KUBECONFIG`.
class ControlPathTest {
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration STATUS = Duration.ofSeconds(15);

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
  void aLoadBalancerCarriesTrafficFollowsItsEndpointsAndTellsTheTruthUntilItIsDeleted()
      throws Exception {
    int port = Ports.free();
    try (var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      plane.apply(ControlPlane.webService());
      plane.apply(plane.slice("web-a", "web", a));
      plane.apply(loadBalancer(port, ""));
      try (var proxy = plane.proxy("edge")) {
        Await.until("traffic reaches a", () -> LoadClient.fetch(port, "/").equals("a"));
        awaitStatus("Ready", "True");
        assertEquals("1/1", plane.loadBalancer("web").getStatus().proxies().summary());
        assertEquals("1/1", plane.loadBalancer("web").getStatus().endpoints().summary());

        var history = new ReadyHistory(plane, "web");
        // The quickest of a few counts: a machine that pauses is not the product's.
        long reached = Long.MAX_VALUE;
        long left = Long.MAX_VALUE;
        for (String leaves : List.of("b", "b", "a")) {
          plane.apply(plane.slice("web-b", "web", b));
          reached =
              Math.min(
                  reached,
                  nanos("traffic reaches both", () -> answers(port).equals(Set.of("a", "b"))));
          plane.delete("EndpointSlice", "web-" + leaves);
          Set<String> stays = Set.of(leaves.equals("a") ? "b" : "a");
          left =
              Math.min(left, nanos("traffic leaves " + leaves, () -> answers(port).equals(stays)));
        }
        assertTrue(reached < SOON.toNanos(), "reached after " + reached + " ns");
        assertTrue(left < SOON.toNanos(), "left after " + left + " ns");

        plane.apply(loadBalancer(port, ", {name: more, port: " + Ports.free() + "}"));
        Await.until(
            "the change is told",
            STATUS,
            () -> plane.loadBalancer("web").getStatus().observedGeneration() == 2);
        assertEquals(List.of(), history.unready(), "changes alone are no reason not to be ready");
        history.close();

        b.kill();
        long killed = System.nanoTime();
        assertEquals("NoHealthyEndpoints", awaitStatus("Ready", "False").reason());
        Duration told = Duration.ofNanos(System.nanoTime() - killed);
        Await.until("an Event says it", STATUS, () -> events().contains("NoHealthyEndpoints"));
        Duration evented = Duration.ofNanos(System.nanoTime() - killed);
        System.out.printf(
            "a killed endpoint: in the status after %d ms, an Event after %d ms%n",
            told.toMillis(), evented.toMillis());
        assertEquals(503, LoadClient.status(port, "/"));
        assertEquals("True", condition("Programmed").status());
        b.revive();
        awaitStatus("Ready", "True");
        assertEquals("b", LoadClient.fetch(port, "/"));

        try (var occupied = new ServerSocket(Ports.free())) {
          int taken = occupied.getLocalPort();
          plane.apply(loadBalancer(port, ", {name: taken, port: " + taken + "}"));
          var programmed = awaitStatus("Programmed", "False");
          assertTrue(programmed.message().contains("" + taken), programmed.toString());
          assertEquals("b", LoadClient.fetch(port, "/"));
        }
        plane.apply(loadBalancer(port, ""));
        awaitStatus("Programmed", "True");

        plane.delete("LoadBalancer", "web");
        Await.until("the port is closed", () -> closed(port));
        proxy.awaitState("no listener", s -> s.path("listeners").isEmpty());
      }
    }
  }

  /// Waits for a condition, and says how long that took.
  private static long nanos(String what, Await.Condition condition) {
    long start = System.nanoTime();
    Await.until(what, STATUS, condition);
    return System.nanoTime() - start;
  }

  static boolean closed(int port) throws IOException {
    try {
      LoadClient.status(port, "/");
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }

  private static Set<String> answers(int port) throws IOException {
    var seen = new HashSet<String>();
    for (int i = 0; i < 6; i++) {
      seen.add(LoadClient.fetch(port, "/"));
    }
    return seen;
  }

  /// Reasons of the Events about the LoadBalancer.
  private List<String> events() {
    return plane.client(Event.class).list().getItems().stream()
        .filter(e -> e.getInvolvedObject().getName().equals("web"))
        .map(Event::getReason)
        .toList();
  }

  private Condition condition(String type) {
    return ControlPlane.condition(plane.loadBalancer("web"), type);
  }

  private Condition awaitStatus(String type, String status) {
    return plane.awaitCondition("web", type, status, STATUS);
  }

  private String loadBalancer(int port, String more) {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d}%s]
          pools:
            - name: web
              serviceRef: {name: web, port: http}
              health: {interval: 200ms, timeout: 5s, rise: 1, fall: 2}
        """
        .formatted(plane.fleet("edge"), port, more);
  }
}
