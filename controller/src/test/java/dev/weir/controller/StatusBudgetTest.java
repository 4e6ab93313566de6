package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.controller.api.LoadBalancer;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.PrometheusPage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What status costs the API server: hardly more than one write for each LoadBalancer that is
/// created, and one a second for each whose endpoints come and go all the time.
class StatusBudgetTest {
  private static final int COUNT = 100;
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void creatingCostsOneWriteEachAndFlappingOneASecond() throws Exception {
    try (var plane = new ControlPlane(directory);
        var one = plane.simulated(plane.controller().streamPort(), "edge", "one", null);
        var two = plane.simulated(plane.controller().streamPort(), "edge", "two", null)) {
      for (int i = 0; i < COUNT; i++) {
        plane.apply(loadBalancer(plane, "lb-" + i, 1000 + i));
      }
      Await.until("all are ready", LONG, () -> ready(plane, "True") == COUNT);
      double created = writes(plane);
      assertTrue(created <= 1.5 * COUNT, created + " writes for " + COUNT + " created");

      long start = System.nanoTime();
      while (System.nanoTime() - start < Duration.ofSeconds(4).toNanos()) {
        one.healthy = !one.healthy;
        two.healthy = one.healthy;
        one.tellHealth();
        two.tellHealth();
        LockSupport.parkNanos(50_000_000);
      }
      one.healthy = false;
      two.healthy = false;
      one.tellHealth();
      two.tellHealth();
      Await.until("none is ready", LONG, () -> ready(plane, "False") == COUNT);
      double seconds = (System.nanoTime() - start) / 1e9;
      double flapped = writes(plane) - created;
      assertTrue(
          flapped <= COUNT * (seconds + 1), flapped + " writes in " + seconds + " s of flapping");
    }
  }

  private static long ready(ControlPlane plane, String status) {
    return plane.client(LoadBalancer.class).list().getItems().stream()
        .map(object -> ControlPlane.condition(object, "Ready"))
        .filter(condition -> condition != null && condition.status().equals(status))
        .count();
  }

  private static double writes(ControlPlane plane) throws Exception {
    String page = LoadClient.fetch(plane.controller().healthPort(), "/metrics");
    return PrometheusPage.parse(page).value("weir_controller_status_write_seconds_count");
  }

  private static String loadBalancer(ControlPlane plane, String name, int port) {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d}]
          pools: [{name: web, endpoints: [{address: 203.0.113.7, port: 80}]}]
        """
        .formatted(name, plane.fleet("edge"), port);
  }
}
