package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import io.fabric8.kubernetes.api.model.Secret;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A proxy that starts for the first time while every controller is away, from the Secrets that its
/// pod mounts; against the mock API server, or the real one of `WEIR_TEST_KUBECONFIG`.
class BundleTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private ControlPlane plane;
  private Path mounted;

  @BeforeEach
  void start() throws Exception {
    plane = ControlPlane.withoutController(directory);
    mounted = Files.createDirectory(directory.resolve("mounted"));
    controller();
  }

  @AfterEach
  void stop() throws Exception {
    plane.close();
  }

  private void controller() throws Exception {
    plane.startController("--proxy-mode", "external", "--bundle-interval", "1s");
  }

  private ProxyProcess.Builder proxy() throws IOException {
    return plane
        .proxyWith(plane.token("edge", "weir-controller"), "edge")
        .flags("--bundle-dir", mounted.toString());
  }

  /// What a kubelet does when it starts a pod.
  private boolean mount() throws IOException {
    boolean any = false;
    for (Secret secret :
        plane
            .cluster
            .client()
            .secrets()
            .inNamespace(plane.system())
            .withLabel("app.kubernetes.io/instance", plane.fleet("edge") + "-fleet-weir")
            .list()
            .getItems()) {
      String name = secret.getMetadata().getName();
      for (var entry : secret.getData().entrySet()) {
        Files.write(
            mounted.resolve(name.substring(name.lastIndexOf('-') + 1)),
            Base64.getDecoder().decode(entry.getValue()));
        any |= entry.getKey().equals("bundle");
      }
    }
    return any;
  }

  private void apply(int port, int tlsPort, Origin origin) throws IOException {
    plane.apply(
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web}
        spec:
          fleetRef: {name: %s}
          listeners:
            - {name: http, port: %d}
            - {name: https, port: %d, tls: {certificates: [{secretRef: {name: shop-tls}}]}}
          pools:
            - name: web
              endpoints: [{address: %s, port: %d}]
              health: {interval: 200ms, timeout: 5s, rise: 1, fall: 2}
        """
            .formatted(
                plane.fleet("edge"),
                port,
                tlsPort,
                TestCluster.address().getHostAddress(),
                origin.port()));
  }

  @Test
  void aProxyThatWasNeverThereServesWithoutAnyControllerAlsoTls() throws Exception {
    int port = Ports.free();
    int tlsPort = Ports.free();
    Authority authority = Authority.named("weir test");
    X509Bundle certificate = authority.server("shop.example.com");
    try (var one = Origin.startAt(TestCluster.address(), "one");
        var two = Origin.startAt(TestCluster.address(), "two")) {
      plane.apply(TlsSecret.manifest("shop-tls", certificate));
      apply(port, tlsPort, one);
      try (var first = proxy().start()) {
        plane.awaitCondition("web", "Ready", "True", LONG);
        Await.until("a bundle", LONG, this::mount);
        apply(port, tlsPort, two);
        Await.until("the change", LONG, () -> LoadClient.fetch(port, "/").equals("two"));
        Await.until("another bundle", LONG, () -> mount() && files() == 3);
        plane.stopController();
        first.kill();
      }
      try (var second = proxy().start()) {
        assertEquals("two", LoadClient.fetch(port, "/"));
        assertEquals(certificate.getCertificate().getSerialNumber(), served(authority, tlsPort));
        assertTrue(second.state().path("stale").asBoolean());
        assertFalse(
            Files.readString(mounted.resolve("a0"), StandardCharsets.ISO_8859_1)
                .contains("PRIVATE"));

        controller();
        second.awaitState("confirmed", LONG, s -> !s.path("stale").asBoolean());
        plane.awaitCondition("web", "Ready", "True", LONG);
      }
    }
  }

  private long files() throws IOException {
    try (var listed = Files.list(mounted)) {
      return listed.count();
    }
  }

  @Test
  void aBundleOfAnotherKeyIsSaidAndNotUsed() throws Exception {
    int port = Ports.free();
    try (var one = Origin.startAt(TestCluster.address(), "one")) {
      plane.apply(
          TlsSecret.manifest("shop-tls", Authority.named("weir test").server("shop.example.com")));
      apply(port, Ports.free(), one);
      try (var first = proxy().start()) {
        plane.awaitCondition("web", "Ready", "True", LONG);
        Await.until("a bundle", LONG, this::mount);
        assertTrue(first.alive());
      }
      plane.stopController();
      Files.write(mounted.resolve("key"), new byte[32]);
      try (var second = proxy().launch()) {
        second.awaitLogged("starting without the bundle");
        assertTrue(second.alive());
        controller();
        second.awaitReady();
        assertEquals("one", LoadClient.fetch(port, "/"));
      }
    }
  }

  private static java.math.BigInteger served(Authority authority, int port) throws Exception {
    try (Socket plain = new Socket(java.net.InetAddress.getLoopbackAddress(), port);
        var socket =
            (SSLSocket)
                authority
                    .trusting()
                    .getSocketFactory()
                    .createSocket(plain, "shop.example.com", port, true)) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }
}
