package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.Version;
import dev.weir.controller.apiserver.ApiServer;
import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A network between the controller and its API server that loses everything on the connections
/// that there are, and tells nobody.
///
/// `-Dweir.watch.ping` (milliseconds) is how often watches ask; the controller's own interval is
/// 10,000.
class WatchLossTest {
  private static final Duration PING =
      Duration.ofMillis(Integer.getInteger("weir.watch.ping", 500));
  private static final int REQUEST_MILLIS = 2000;
  private static final Duration NOTICED = PING.multipliedBy(4).plusSeconds(20);
  private static final Duration START = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void watchesThatDieWithoutAWordGoOnWhereTheyWereAndNothingIsLost() throws Exception {
    try (var plane = ControlPlane.withoutController(directory);
        var gate = new Gate(plane.cluster.apiServer())) {
      plane.apply(loadBalancer(plane, "web", 1000));
      plane.apply(loadBalancer(plane, "gone", 1001));
      plane.apply(loadBalancer(plane, "stays", 1002));
      var connection = connection(plane, gate);
      plane.startController(connection);
      try (var proxy = plane.simulated(plane.controller().streamPort(), "edge", "one", null)) {
        // Each is a LoadBalancer and its pool.
        Await.until("everything", START, () -> proxy.live.resources().size() == 6);
        for (String name : List.of("web", "gone", "stays")) {
          plane.awaitCondition(name, "Programmed", "True", START);
        }
        long lost = connection.lostWatches();
        long lists = lists(plane);
        int before = proxy.sizes.size();
        plane.cluster.forget();
        gate.lose();
        long began = System.nanoTime();
        plane.apply(loadBalancer(plane, "web", 2000));
        plane.delete("LoadBalancer", "gone");
        plane.apply(loadBalancer(plane, "new", 1003));
        Await.until(
            "the change, the deletion and the new one",
            NOTICED,
            () ->
                proxy.live.resources().size() == 6
                    && proxy.body(plane.namespace + "/web").contains(":2000")
                    && proxy.body(plane.namespace + "/new").contains(":1003"));
        System.out.printf(
            "lost watches: noticed and caught up after %d ms, asked every %d ms%n",
            Duration.ofNanos(System.nanoTime() - began).toMillis(), PING.toMillis());
        Await.until("it was the watches", NOTICED, () -> connection.lostWatches() > lost);
        plane.awaitCondition("new", "Accepted", "True", START);
        assertEquals(lists, lists(plane), "listed anew");
        List<Integer> sizes = proxy.sizes.subList(before, proxy.sizes.size());
        assertTrue(sizes.stream().allMatch(size -> size >= 4), sizes::toString);
        assertRising(proxy.versions);
      }
    }
  }

  private static ApiServer connection(ControlPlane plane, Gate gate) {
    var config = plane.cluster.client().getConfiguration();
    return plane.apiServer(
        new ConfigBuilder(config)
            .withMasterUrl(
                config
                    .getMasterUrl()
                    .replaceFirst("(https?)://[^/]+", "$1://127.0.0.1:" + gate.port()))
            .withRequestTimeout(REQUEST_MILLIS)
            .build(),
        PING);
  }

  /// How often LoadBalancers have been listed, as a real API server counts; 0 where it is none.
  private static long lists(ControlPlane plane) {
    return plane.cluster instanceof RealCluster real ? real.lists("loadbalancers") : 0;
  }

  private static void assertRising(List<Version> versions) {
    for (int i = 1; i < versions.size(); i++) {
      assertTrue(!versions.get(i).before(versions.get(i - 1)), versions.toString());
    }
  }

  private static String loadBalancer(ControlPlane plane, String name, int port) throws Exception {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d, defaultPool: web}]
          pools: [{name: web, endpoints: [{address: "%s", port: 80}]}]
        """
        .formatted(name, plane.fleet("edge"), port, TestCluster.address().getHostAddress());
  }
}
