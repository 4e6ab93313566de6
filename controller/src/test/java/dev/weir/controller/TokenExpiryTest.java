package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.controller.stream.Authenticator.Answer;
import dev.weir.controller.stream.TokenReviewAuthenticator;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A proxy's token ends, and its file is replaced, while its stream is open and traffic flows.
class TokenExpiryTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void aTokenThatEndsUnderLoadCutsNothingAndTheNextAttemptTakesTheNewOne() throws Exception {
    int port = Ports.free();
    Path file = directory.resolve("token");
    try (var plane = new ControlPlane(directory);
        var gate = new Gate(stream(plane));
        var a = Origin.startAt(TestCluster.address(), "a");
        var b = Origin.startAt(TestCluster.address(), "b")) {
      String pod = plane.fleet("pod");
      String old = plane.podToken("edge", pod, "zone-a");
      Files.writeString(file, old);
      plane.apply(loadBalancer(plane, port, a));
      try (var proxy = plane.proxyOn(gate.port(), "edge", file).flags("--proxy-id", pod).start()) {
        Await.until("traffic", LONG, () -> LoadClient.fetch(port, "/").equals("a"));
        try (var load =
            LoadClient.on(port)
                .keepAlive(4, "/", Duration.ofMillis(2))
                .oneShot(1, "/", Duration.ofMillis(20))) {
          double accepted = accepted(plane);
          plane.cluster.end(old);
          var reviews = new TokenReviewAuthenticator(plane.cluster.client());
          Await.until(
              "the API server refuses it",
              LONG,
              () -> reviews.authenticate(old) instanceof Answer.Refused);
          Path next = directory.resolve("next");
          Files.writeString(next, plane.podToken("edge", pod, "zone-a"));
          Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);

          plane.apply(loadBalancer(plane, port, b));
          Await.until("a change", LONG, () -> LoadClient.fetch(port, "/").equals("b"));
          assertEquals(accepted, accepted(plane), "the stream is the one of before");

          gate.cut();
          Await.until("in by the new token", LONG, () -> accepted(plane) == accepted + 1);
          plane.apply(loadBalancer(plane, port, a));
          Await.until("another change", LONG, () -> LoadClient.fetch(port, "/").equals("a"));
          var report = load.stop();
          assertEquals(0, report.failed(), report::toString);
          assertTrue(report.succeeded() > 100, report::toString);
          assertTrue(proxy.alive());
        }
      }
    }
  }

  private static InetSocketAddress stream(ControlPlane plane) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), plane.controller().streamPort());
  }

  private static double accepted(ControlPlane plane) throws IOException {
    String page = LoadClient.fetch(plane.controller().healthPort(), "/metrics");
    return PrometheusPage.parse(page).value("weir_controller_streams_accepted_total");
  }

  private static String loadBalancer(ControlPlane plane, int port, Origin origin)
      throws IOException {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d, defaultPool: web}]
          pools: [{name: web, endpoints: [{address: "%s", port: %d}]}]
        """
        .formatted(
            plane.fleet("edge"), port, TestCluster.address().getHostAddress(), origin.port());
  }
}
