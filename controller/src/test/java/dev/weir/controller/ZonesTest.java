package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.controller.tools.Ran;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Zones of endpoints and of proxies, from Nodes and EndpointSlices to traffic; against the mock
/// API server, or the real one of `WEIR_TEST_KUBECONFIG`.
class ZonesTest {
  private static final Duration STATUS = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private ControlPlane plane;
  private Origin here;
  private Origin there;
  private int port;

  @BeforeEach
  void start() throws Exception {
    plane = new ControlPlane(directory);
    here = Origin.startAt(TestCluster.address(), "here");
    there = Origin.startAt(TestCluster.address(), "there");
    port = Ports.free();
  }

  @AfterEach
  void stop() throws Exception {
    here.close();
    there.close();
    plane.close();
  }

  private void loadBalancer(String balance) {
    plane.apply(
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d}]
          pools:
            - name: web
              serviceRef: {name: web, port: http}
              balance: %s
              health: {interval: 100ms, timeout: 5s, rise: 1, fall: 1}
        """
            .formatted(plane.fleet("edge"), port, balance));
    plane.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{name: http, port: 80}]}
        """);
  }

  private void slice(String name, Origin origin, String zone, String hints) throws Exception {
    plane.apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: %s, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{name: http, port: %d, protocol: TCP}]
        endpoints:
          - addresses: ["%s"]
            conditions: {ready: true}
            zone: %s
            hints: {forZones: %s}
        """
            .formatted(name, origin.port(), TestCluster.address().getHostAddress(), zone, hints));
  }

  /// Who answers twenty requests.
  private Set<String> answering() throws Exception {
    var names = new TreeSet<String>();
    for (int i = 0; i < 20; i++) {
      names.add(LoadClient.fetch(port, "/").strip());
    }
    return names;
  }

  private void awaitAnswering(String... names) {
    Await.until(String.join(" and ", names), STATUS, () -> answering().equals(Set.of(names)));
  }

  private ProxyProcess proxy(String pod, String zone) throws Exception {
    return plane
        .proxyWith(plane.podToken("edge", pod, zone), "edge")
        .flags("--proxy-id", pod)
        .start();
  }

  @Test
  void aPoolThatPrefersItsZoneLeavesItOnlyWhenNothingThereIsHealthy() throws Exception {
    loadBalancer("{zones: {}}");
    slice("web-a", here, "zone-a", "[]");
    slice("web-b", there, "zone-b", "[]");
    try (var proxy = proxy(plane.fleet("pod"), "zone-a")) {
      plane.awaitCondition("web", "Ready", "True", STATUS);
      awaitAnswering("here");
      assertEquals(Set.of("here"), answering());
      assertTrue(proxy.state().path("zone").asText().equals("zone-a"), proxy.state().toString());
      explains("for zone zone-b, and the proxies' zone zone-a has endpoints of its own");

      here.close();
      awaitAnswering("there");
    }
  }

  private void explains(String text) throws Exception {
    Path kubeconfig =
        Files.writeString(directory.resolve("kubeconfig"), plane.cluster.kubeconfig());
    var said =
        Ran.command(
            "explain",
            "http://localhost:" + port + "/",
            "--kubeconfig",
            kubeconfig.toString(),
            "--server",
            "127.0.0.1:" + plane.controller().healthPort());
    assertTrue(said.out().contains(text), said.out() + said.err());
  }

  @Test
  void hintsOfAServiceCountWhereEveryEndpointHasOneAndThePoolSaysNothing() throws Exception {
    loadBalancer("{algorithm: RoundRobin}");
    slice("web-a", here, "zone-a", "[{name: zone-b}]");
    slice("web-b", there, "zone-b", "[{name: zone-a}]");
    try (var proxy = proxy(plane.fleet("pod"), "zone-a")) {
      plane.awaitCondition("web", "Ready", "True", STATUS);
      awaitAnswering("there");

      slice("web-a", here, "zone-a", "[]");
      awaitAnswering("here", "there");

      slice("web-a", here, "zone-a", "[{name: zone-c}]");
      awaitAnswering("there");
      slice("web-b", there, "zone-b", "[{name: zone-c}]");
      awaitAnswering("here", "there");

      slice("web-a", here, "zone-a", "[{name: zone-a}]");
      awaitAnswering("here");
      loadBalancer("{zones: {prefer: Any}}");
      awaitAnswering("here", "there");
      assertTrue(proxy.alive());
    }
  }
}
