package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Changes that go to one proxy first, with two replicas that each have one proxy of the fleet;
/// against the mock API server, or the real one of `WEIR_TEST_KUBECONFIG`.
class CanaryTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration HOLD = Duration.ofSeconds(5);
  private static final String[] FLAGS = {"--proxy-mode", "external", "--canary-hold", "5s"};

  @TempDir private Path directory;
  private ControlPlane plane;
  private Controller follower;
  private SimulatedProxy one;
  private SimulatedProxy two;

  @BeforeEach
  void start() throws Exception {
    plane = ControlPlane.withoutController(directory);
    plane.startController(FLAGS);
    awaitMetric("weir_controller_leading 1");
    follower = plane.startReplica(FLAGS);
    awaitMetric("weir_controller_followers 1");
    one = plane.simulated(plane.controller().streamPort(), "edge", "one", null);
    two = plane.simulated(follower.streamPort(), "edge", "two", null);
    plane.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{name: http, port: 80}]}
        """);
    slice("10.0.0.1");
    apply(80);
    awaitPort(one, 80);
    awaitPort(two, 80);
  }

  @AfterEach
  void stop() throws Exception {
    one.close();
    two.close();
    follower.stop();
    plane.close();
  }

  private void awaitMetric(String line) {
    Await.until(
        line,
        LONG,
        () ->
            LoadClient.fetch(plane.controller().healthPort(), "/metrics")
                .lines()
                .anyMatch(line::equals));
  }

  private void apply(int port) {
    plane.apply(plane.webLoadBalancer(port));
  }

  private void slice(String address) {
    plane.apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{name: http, port: 80, protocol: TCP}]
        endpoints: [{addresses: ["%s"], conditions: {ready: true}}]
        """
            .formatted(address));
  }

  private String name() {
    return plane.namespace + "/web";
  }

  private boolean has(SimulatedProxy proxy, int port) {
    return proxy.body(name()).contains("\"port\":" + port + "}");
  }

  private void awaitPort(SimulatedProxy proxy, int port) {
    Await.until("port " + port, LONG, () -> has(proxy, port));
  }

  /// Which of the two is sent it first, also when it has given it back since.
  private SimulatedProxy first(int port) {
    return Await.value(
        "port " + port + " on one of them",
        LONG,
        () -> Stream.of(one, two).filter(proxy -> sent(proxy, port)).findFirst().orElse(null));
  }

  private SimulatedProxy other(SimulatedProxy proxy) {
    return proxy == one ? two : one;
  }

  @Test
  void aChangeGoesToOneProxyAndAfterTheHoldToAllAndEndpointsGoToAllAtOnce() {
    long since = System.nanoTime();
    apply(81);
    SimulatedProxy first = first(81);
    SimulatedProxy other = other(first);
    assertFalse(has(other, 81));
    slice("10.0.0.2");
    Await.until("endpoints", LONG, () -> other.body(name()).contains("10.0.0.2"));
    assertFalse(has(other, 81), "endpoints do not wait");
    Await.until("it is said", LONG, () -> condition("Programmed").contains("1 wait while"));

    awaitPort(other, 81);
    Duration waited = Duration.ofNanos(System.nanoTime() - since);
    assertTrue(waited.compareTo(HOLD) >= 0, waited.toString());
    Await.until("2/2", LONG, () -> condition("Programmed").startsWith("2/2 "));
  }

  @Test
  void whatOneProxyRejectsReachesNoOtherAndAFixDoes() {
    one.rejects.add(name());
    two.rejects.add(name());
    apply(81);
    var degraded = plane.awaitCondition("web", "Degraded", "True", LONG);
    assertEquals("CanaryStopped", degraded.reason());
    assertTrue(
        degraded.message().contains("refuses it: spec: the test says so"), degraded.message());
    assertEquals(
        1,
        Stream.of(one, two).filter(p -> sent(p, 81)).count(),
        "it was sent to one of them alone");
    plane.awaitCondition("web", "Ready", "True", LONG);
    assertEquals("False", plane.awaitCondition("web", "Programmed", "False", LONG).status());

    one.rejects.clear();
    two.rejects.clear();
    apply(82);
    awaitPort(one, 82);
    awaitPort(two, 82);
    plane.awaitCondition("web", "Programmed", "True", LONG);
    Await.until("not degraded", LONG, () -> condition("Degraded").isEmpty());
  }

  @Test
  void aPortThatOneProxyCannotHaveIsGivenBack() {
    one.taken.add(81);
    two.taken.add(81);
    apply(81);
    SimulatedProxy first = first(81);
    var degraded = plane.awaitCondition("web", "Degraded", "True", LONG);
    assertEquals("CanaryStopped", degraded.reason());
    assertTrue(degraded.message().contains("cannot have port 81"), degraded.message());
    awaitPort(first, 80);
    assertTrue(has(other(first), 80));
    assertFalse(sent(other(first), 81));
    plane.awaitCondition("web", "Ready", "True", LONG);

    apply(82);
    awaitPort(one, 82);
    awaitPort(two, 82);
    plane.awaitCondition("web", "Programmed", "True", LONG);
  }

  @Test
  void aRiseOfErrorsOnOneProxyStopsAChange() {
    one.broken.add(81);
    two.broken.add(81);
    apply(81);
    SimulatedProxy first = first(81);
    var degraded = plane.awaitCondition("web", "Degraded", "True", LONG);
    assertEquals("CanaryStopped", degraded.reason());
    assertTrue(degraded.message().contains("requests failed, elsewhere"), degraded.message());
    awaitPort(first, 80);
    assertFalse(sent(other(first), 81));

    apply(82);
    awaitPort(one, 82);
    awaitPort(two, 82);
  }

  @Test
  void theNextLeaderKnowsWhatHasProvedGoodAndWhatHasNot() throws Exception {
    two.rejects.add(name());
    one.rejects.add(name());
    apply(81);
    plane.awaitCondition("web", "Degraded", "True", LONG);
    long offered = Stream.of(one, two).filter(p -> sent(p, 81)).count();
    plane.stopController();
    Await.until(
        "the follower leads",
        LONG,
        () ->
            LoadClient.fetch(follower.healthPort(), "/metrics")
                .contains("weir_controller_leading 1\n"));
    apply(82);
    Await.until("it is tried", LONG, () -> sent(two, 82));
    assertEquals(1, offered);
    assertTrue(has(two, 80), "it rejects this one too");
  }

  private boolean sent(SimulatedProxy proxy, int port) {
    return proxy.offered.contains("\"port\":" + port + "}");
  }

  /// A condition's message; empty when there is none.
  private String condition(String type) {
    var condition = ControlPlane.condition(plane.loadBalancer("web"), type);
    return condition == null ? "" : String.valueOf(condition.message());
  }
}
