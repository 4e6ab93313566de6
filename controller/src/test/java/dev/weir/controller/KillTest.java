package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.Version;
import dev.weir.controller.api.LoadBalancer;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.LoadReport;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/// Two controller processes behind one address, proxies, and what is killed, stopped and taken
/// away, API server and etcd included where they are real ones: traffic never fails, versions never
/// go back, statuses end true.
///
/// `-Dweir.kill.resources` and `-Dweir.kill.outage` (seconds) make it large, `-Dweir.kill.catch-up`
/// (seconds) strict: `make kill`.
class KillTest {
  private static final int RESOURCES = Integer.getInteger("weir.kill.resources", 200);
  private static final Duration OUTAGE =
      Duration.ofSeconds(Integer.getInteger("weir.kill.outage", 12));
  private static final Duration CATCH_UP =
      Duration.ofSeconds(Integer.getInteger("weir.kill.catch-up", 20));
  private static final Duration LONG = Duration.ofSeconds(120);
  private static final long FLAT = 8 << 20;

  @TempDir private Path directory;
  private ControlPlane plane;
  private Gate apiServer;
  private Gate service;
  private final List<ControllerProcess> controllers = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    plane = ControlPlane.withoutController(directory);
    apiServer = new Gate(plane.cluster.apiServer());
    service = new Gate();
    Files.writeString(
        directory.resolve("kubeconfig"),
        plane
            .cluster
            .kubeconfig()
            .replaceFirst("(https?)://[^\"\\s/]+", "$1://127.0.0.1:" + apiServer.port()));
    ControllerProcess first = controller();
    first.awaitMetric("weir_controller_leading 1", LONG);
    controller();
    first.awaitMetric("weir_controller_followers 1", LONG);
  }

  @AfterEach
  void stop() throws Exception {
    controllers.forEach(ControllerProcess::close);
    service.close();
    apiServer.close();
    plane.close();
  }

  @Test
  void aLeaderThatIsKilledAmidARolloutIsSucceededAndNothingIsLostOrGoesBack() throws Exception {
    int port = Ports.free();
    try (var origin = Origin.startAt(TestCluster.address(), "a")) {
      plane.apply(loadBalancer("web", "edge", port, origin.port()));
      try (var proxy = realProxy();
          var one = simulated("one");
          var two = simulated("two");
          var load = load(port)) {
        String before = proxy.state().path("version").asText();
        for (int i = 0; i < RESOURCES; i++) {
          plane.apply(loadBalancer("lb-" + i, "many", 1000 + i, 80));
          if (i == RESOURCES / 2) {
            leader().kill();
          }
        }
        // Each is a LoadBalancer and its pool.
        for (SimulatedProxy simulated : List.of(one, two)) {
          Await.until(
              "everything is everywhere",
              LONG,
              () -> simulated.live.resources().size() == 2 * RESOURCES);
        }
        assertEquals(one.live.digest(), two.live.digest());
        controllers.get(1).awaitMetric("weir_controller_leading 1", LONG);
        Await.until("every status tells both proxies", LONG, () -> programmed("2/2") == RESOURCES);
        plane.awaitCondition("web", "Ready", "True", LONG);
        assertNoFailure(load.stop());
        assertRising(one);
        assertRising(two);
        assertTrue(
            term(proxy.state().path("version").asText()) > term(before), "a new term: " + before);
        assertNothingWasTakenAway(one);
        assertNothingWasTakenAway(two);
      }
    }
  }

  @Test
  void withoutItsApiServerEverythingServesOnAndCatchesUpAfterwards() throws Exception {
    int port = Ports.free();
    try (var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      plane.apply(loadBalancer("web", "edge", port, a.port()));
      try (var proxy = realProxy();
          var load = load(port)) {
        plane.awaitCondition("web", "Ready", "True", LONG);
        List<Long> heaps = heaps();
        long end = System.nanoTime() + OUTAGE.toNanos();
        apiServer.shut();
        plane.cluster.stopApiServer();
        service.cut();
        Await.until(
            "a proxy that reconnects is still known", Duration.ofSeconds(15), () -> streams() == 1);
        Await.until("the outage is over", OUTAGE.plus(LONG), () -> System.nanoTime() > end);
        assertEquals(0, load.failed(), () -> load.report().toString());
        assertFlat(heaps, heaps());
        plane.cluster.startApiServer();
        plane.apply(loadBalancer("web", "edge", port, b.port()));
        long back = System.nanoTime();
        apiServer.open();
        Await.until("the change is served", LONG, () -> LoadClient.fetch(port, "/").equals("b"));
        Duration passed = Duration.ofNanos(System.nanoTime() - back);
        System.out.printf(
            "away for %d s, a change was served after %d ms%n",
            OUTAGE.toSeconds(), passed.toMillis());
        assertTrue(passed.compareTo(CATCH_UP) < 0, "catching up took " + passed);
        plane.awaitCondition("web", "Ready", "True", LONG);
        assertNoFailure(load.stop());
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  @EnabledIfEnvironmentVariable(
      named = "WEIR_TEST_KUBECONFIG",
      matches = ".+",
      disabledReason = "etcd: WEIR_TEST_KUBECONFIG names no API server (make test-kube)")
  void whileEtcdHangsEverythingServesOnAndCatchesUpAfterwards() throws Exception {
    var cluster = (RealCluster) plane.cluster;
    int port = Ports.free();
    try (var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      plane.apply(loadBalancer("web", "edge", port, a.port()));
      plane.apply(loadBalancer("lb-0", "many", 1000, 80));
      try (var proxy = realProxy();
          var one = simulated("one");
          var load = load(port)) {
        plane.awaitCondition("web", "Ready", "True", LONG);
        awaitProxies("lb-0", "1/1");
        long end = System.nanoTime() + OUTAGE.toNanos();
        cluster.signal("etcd", "STOP");
        try {
          service.cut();
          Await.until(
              "a proxy that reconnects is still known",
              Duration.ofSeconds(15),
              () -> streams() == 2);
          Await.until("it has hung for long enough", LONG, () -> System.nanoTime() > end);
          assertEquals(0, load.failed(), () -> load.report().toString());
        } finally {
          cluster.signal("etcd", "CONT");
        }
        Await.until(
            "a change is taken",
            LONG,
            () -> {
              plane.apply(loadBalancer("web", "edge", port, b.port()));
              return true;
            });
        Await.until("the change is served", LONG, () -> LoadClient.fetch(port, "/").equals("b"));
        plane.awaitCondition("web", "Ready", "True", LONG);
        awaitProxies("lb-0", "1/1");
        assertNoFailure(load.stop());
        assertRising(one);
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void aStoppedProxyHoldsNobodyUpIsCountedOutAndCatchesUp() throws Exception {
    int port = Ports.free();
    try (var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      plane.apply(loadBalancer("web", "edge", port, a.port()));
      try (var proxy = realProxy();
          var other = plane.simulated(service.port(), "edge", "other", null)) {
        awaitProxies("web", "2/2");
        proxy.signal("STOP");
        plane.apply(loadBalancer("web", "edge", port, b.port()));
        Await.until(
            "the other has the change before anybody is called lagging",
            Duration.ofSeconds(9),
            () -> other.body(plane.namespace + "/web").contains(":" + b.port()));
        awaitProxies("web", "1/2");
        plane.awaitCondition("web", "Programmed", "True", LONG);
        proxy.signal("CONT");
        awaitProxies("web", "2/2");
        assertEquals("b", LoadClient.fetch(port, "/"));
      }
    }
  }

  @Test
  void aLeaderThatSleptAndWakesUpTakesNobodyBack() throws Exception {
    int port = Ports.free();
    try (var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      plane.apply(loadBalancer("web", "edge", port, a.port()));
      plane.apply(loadBalancer("lb-0", "many", 1000, 80));
      try (var proxy = realProxy();
          var one = simulated("one");
          var two = simulated("two");
          var load = load(port)) {
        awaitProxies("lb-0", "2/2");
        ControllerProcess sleeper = leader();
        sleeper.signal("STOP");
        controllers.get(1).awaitMetric("weir_controller_leading 1", LONG);
        plane.apply(loadBalancer("web", "edge", port, b.port()));
        plane.apply(loadBalancer("lb-0", "many", 1001, 80));
        Await.until("served without it", LONG, () -> LoadClient.fetch(port, "/").equals("b"));
        awaitProxies("lb-0", "2/2");
        service.cut();
        sleeper.signal("CONT");
        plane.apply(loadBalancer("lb-0", "many", 1002, 80));
        for (SimulatedProxy simulated : List.of(one, two)) {
          Await.until(
              "the last change",
              LONG,
              () -> simulated.body(plane.namespace + "/lb-0").contains(":1002"));
        }
        awaitProxies("lb-0", "2/2");
        Await.until("one leads", LONG, () -> !sleeper.leads());
        assertNoFailure(load.stop());
        assertRising(one);
        assertRising(two);
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void whatHappenedWhileAWatchWasAwayIsSeenAlsoWhenItCannotGoOnWhereItWas() throws Exception {
    int port = Ports.free();
    try (var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      plane.apply(loadBalancer("web", "edge", port, a.port()));
      plane.apply(loadBalancer("gone", "many", 1000, 80));
      plane.apply(loadBalancer("stays", "many", 1001, 80));
      try (var proxy = realProxy();
          var one = simulated("one");
          var load = load(port)) {
        Await.until("both", LONG, () -> one.live.resources().size() == 4);
        apiServer.shut();
        plane.apply(loadBalancer("web", "edge", port, b.port()));
        plane.delete("LoadBalancer", "gone");
        plane.cluster.stopApiServer();
        plane.cluster.startApiServer();
        apiServer.open();
        Await.until("the change", LONG, () -> LoadClient.fetch(port, "/").equals("b"));
        Await.until("the deletion", LONG, () -> one.live.resources().size() == 2);
        assertNoFailure(load.stop());
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void aProxyThatIsKilledWithAllControllersStartsFromItsLastKnownGood() throws Exception {
    int port = Ports.free();
    Path state = Files.createDirectory(directory.resolve("state"));
    try (var origin = Origin.startAt(TestCluster.address(), "a")) {
      plane.apply(loadBalancer("web", "edge", port, origin.port()));
      String version;
      try (var proxy =
          plane.proxyOn(service.port(), "edge").flags("--state-dir", state.toString()).start()) {
        Await.until("traffic", LONG, () -> LoadClient.fetch(port, "/").equals("a"));
        Await.until("written", LONG, () -> state.resolve("last-known-good").toFile().exists());
        version = proxy.state().path("version").asText();
        for (ControllerProcess controller : controllers) {
          controller.kill();
        }
        assertEquals("a", LoadClient.fetch(port, "/"));
        proxy.kill();
      }
      try (var proxy =
          plane.proxyOn(service.port(), "edge").flags("--state-dir", state.toString()).start()) {
        assertEquals("a", LoadClient.fetch(port, "/"));
        assertTrue(proxy.state().path("stale").asBoolean());
        ControllerProcess next = controller();
        next.awaitMetric("weir_controller_leading 1", LONG);
        proxy.awaitState("confirmed", LONG, s -> !s.path("stale").asBoolean());
        next.awaitMetric("weir_controller_upserts_total 0", LONG);
        assertTrue(
            term(proxy.state().path("version").asText()) >= term(version), "went back: " + version);
        plane.awaitCondition("web", "Ready", "True", LONG);
      }
    }
  }

  // --- the house
  // -------------------------------------------------------------------------------------------------------

  private ControllerProcess controller() throws Exception {
    var arguments = new ArrayList<>(plane.arguments(0));
    arguments.addAll(List.of("--kubeconfig", directory.resolve("kubeconfig").toString()));
    var started = ControllerProcess.start(arguments);
    controllers.add(started);
    service.add(started.streamPort());
    return started;
  }

  /// The first controller leads until it is killed or stopped.
  private ControllerProcess leader() throws IOException {
    assertTrue(controllers.getFirst().leads());
    return controllers.getFirst();
  }

  private int streams() throws IOException {
    int streams = 0;
    for (ControllerProcess controller : controllers) {
      for (String line : controller.metrics().split("\n")) {
        if (line.startsWith("weir_controller_streams ")) {
          streams += Integer.parseInt(line.substring(line.indexOf(' ') + 1));
        }
      }
    }
    return streams;
  }

  private List<Long> heaps() throws Exception {
    List<Long> heaps = new ArrayList<>();
    for (ControllerProcess controller : controllers) {
      heaps.add(controller.heap());
    }
    return heaps;
  }

  private static void assertFlat(List<Long> before, List<Long> after) {
    System.out.printf("heaps before and after the outage: %s, %s bytes%n", before, after);
    for (int i = 0; i < before.size(); i++) {
      assertTrue(after.get(i) - before.get(i) < FLAT, before + " bytes became " + after);
    }
  }

  private ProxyProcess realProxy() throws IOException {
    return plane.proxyOn(service.port(), "edge").start();
  }

  private SimulatedProxy simulated(String id) throws IOException {
    return plane.simulated(service.port(), "many", id, null);
  }

  private static LoadClient load(int port) {
    Await.until("traffic", LONG, () -> LoadClient.status(port, "/") == 200);
    return LoadClient.on(port)
        .keepAlive(2, "/", Duration.ofMillis(10))
        .oneShot(1, "/", Duration.ofMillis(50));
  }

  private static void assertNoFailure(LoadReport report) {
    assertEquals(0, report.failed(), report::toString);
    assertTrue(report.succeeded() > 100, report::toString);
  }

  private static void assertRising(SimulatedProxy proxy) {
    for (int i = 1; i < proxy.versions.size(); i++) {
      Version before = proxy.versions.get(i - 1);
      Version after = proxy.versions.get(i);
      assertFalse(after.before(before), before.label() + " then " + after.label());
    }
  }

  private static void assertNothingWasTakenAway(SimulatedProxy proxy) {
    for (int i = 1; i < proxy.sizes.size(); i++) {
      assertTrue(proxy.sizes.get(i) >= proxy.sizes.get(i - 1), proxy.sizes.toString());
    }
  }

  private static long term(String version) {
    return Long.parseLong(version.substring(0, version.indexOf('.')));
  }

  private long programmed(String summary) {
    return plane.client(LoadBalancer.class).list().getItems().stream()
        .filter(object -> object.getMetadata().getName().startsWith("lb-"))
        .filter(
            object -> {
              var programmed = ControlPlane.condition(object, "Programmed");
              var status = object.getStatus();
              return programmed != null
                  && programmed.status().equals("True")
                  && status.proxies() != null
                  && status.proxies().summary().equals(summary);
            })
        .count();
  }

  private void awaitProxies(String name, String summary) {
    Await.until(
        summary + " proxies of " + name,
        LONG,
        () -> {
          var object = plane.loadBalancer(name);
          var status = object.getStatus();
          return status != null
              && status.proxies() != null
              && status.proxies().summary().equals(summary)
              && Objects.equals(status.observedGeneration(), object.getMetadata().getGeneration());
        });
  }

  private String loadBalancer(String name, String fleet, int port, int endpoint) throws Exception {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d, defaultPool: web}]
          pools: [{name: web, endpoints: [{address: "%s", port: %d}]}]
        """
        .formatted(
            name, plane.fleet(fleet), port, TestCluster.address().getHostAddress(), endpoint);
  }
}
