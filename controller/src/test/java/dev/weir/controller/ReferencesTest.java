package dev.weir.controller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import io.netty.pkitesting.X509Bundle;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What LoadBalancers refer to, through a controller and a real proxy process; against the mock API
/// server, or the real one of `WEIR_TEST_KUBECONFIG`.
class ReferencesTest {
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
  void aCertificateOfASecretIsRotatedWhileTrafficFlowsAndABadOneReplacesNothing() throws Exception {
    int port = Ports.free();
    Authority authority = Authority.named("weir test");
    try (var web = Origin.startAt(TestCluster.address(), "secret");
        var proxy = plane.proxy("edge")) {
      long streams = accepted();
      plane.apply(
          """
          apiVersion: weir.dev/v1alpha1
          kind: LoadBalancer
          metadata: {name: web}
          spec:
            fleetRef: {name: %s}
            listeners:
              - name: https
                port: %d
                tls: {certificates: [{secretRef: {name: shop-tls}}]}
            pools:
              - name: web
                endpoints: [{address: %s, port: %d}]
                health: {interval: 200ms, timeout: 5s, rise: 1, fall: 2}
          """
              .formatted(
                  plane.fleet("edge"), port, TestCluster.address().getHostAddress(), web.port()));
      assertEquals(
          "SecretNotFound", plane.awaitCondition("web", "ResolvedRefs", "False", STATUS).reason());

      Await.until(
          "the proxy says what it lacks",
          STATUS,
          () -> {
            var programmed = plane.awaitCondition("web", "Programmed", "False", STATUS);
            return programmed.reason().equals("Rejected");
          });
      X509Bundle first = authority.server("shop.example.com");
      plane.apply(TlsSecret.manifest("shop-tls", first));
      plane.awaitCondition("web", "Ready", "True", STATUS);
      assertEquals(serial(first), served(authority, port));

      var failed = new AtomicReference<@Nullable Exception>();
      var stop = new AtomicBoolean();
      var count = new AtomicInteger();
      Thread load =
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!stop.get()) {
                      try {
                        served(authority, port);
                        count.incrementAndGet();
                      } catch (Exception e) {
                        failed.compareAndSet(null, e);
                      }
                    }
                  });
      X509Bundle last = first;
      for (int i = 0; i < 5; i++) {
        last = authority.server("shop.example.com");
        plane.apply(TlsSecret.manifest("shop-tls", last));
        BigInteger wanted = serial(last);
        Await.until("the new one is served", STATUS, () -> served(authority, port).equals(wanted));
        awaitMore(count);
      }

      plane.apply(TlsSecret.manifest("shop-tls", last, authority.server("shop.example.com")));
      assertEquals(
          "InvalidCertificate",
          plane.awaitCondition("web", "ResolvedRefs", "False", STATUS).reason());
      plane.awaitCondition("web", "Ready", "True", STATUS);
      assertEquals(serial(last), served(authority, port));
      awaitMore(count);
      stop.set(true);
      load.join();
      assertNull(failed.get());
      assertTrue(proxy.alive());
      assertEquals(streams, accepted(), "the proxy had no reason to connect anew");
    }
  }

  /// Waits for two more requests: at least one of them began after this call.
  private static void awaitMore(AtomicInteger count) {
    int before = count.get();
    Await.until("requests", STATUS, () -> count.get() >= before + 2);
  }

  /// How many streams the controller has accepted.
  private long accepted() throws Exception {
    var metrics =
        LoadClient.fetch(plane.controller().healthPort(), "/metrics")
            .lines()
            .filter(line -> line.startsWith("weir_controller_streams_accepted_total "))
            .findFirst()
            .orElseThrow();
    return (long) Double.parseDouble(metrics.substring(metrics.indexOf(' ') + 1));
  }

  private static BigInteger serial(X509Bundle bundle) {
    return bundle.getCertificate().getSerialNumber();
  }

  /// The serial number of the certificate with which a request on a new connection succeeds.
  private static BigInteger served(Authority authority, int port) throws Exception {
    try (var plain = new Socket(InetAddress.getLoopbackAddress(), port);
        var socket =
            (SSLSocket)
                authority
                    .trusting()
                    .getSocketFactory()
                    .createSocket(plain, "shop.example.com", port, true)) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n"
                  .getBytes(UTF_8));
      var answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  @Test
  void aServiceOfAnotherNamespaceTakesTrafficWhileItIsGranted() throws Exception {
    int port = Ports.free();
    String shared = plane.namespace("shared");
    plane.cluster.install("referencegrants.gateway.networking.k8s.io", "v1beta1", "ReferenceGrant");
    try (var web = Origin.startAt(TestCluster.address(), "shared");
        var proxy = plane.proxy("edge")) {
      plane.apply(
          shared,
          """
          apiVersion: v1
          kind: Service
          metadata: {name: web}
          spec:
            ports: [{name: http, port: 80, protocol: TCP}]
          """);
      plane.apply(shared, plane.slice("web-1", "web", web));
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
                serviceRef: {name: web, namespace: %s, port: http}
                health: {interval: 200ms, timeout: 5s, rise: 1, fall: 2}
          """
              .formatted(plane.fleet("edge"), port, shared));
      assertEquals(
          "RefNotPermitted", plane.awaitCondition("web", "ResolvedRefs", "False", STATUS).reason());
      plane.awaitCondition("web", "Programmed", "True", STATUS);
      assertEquals(503, LoadClient.status(port, "/"));

      plane.apply(
          shared,
          """
          apiVersion: gateway.networking.k8s.io/v1beta1
          kind: ReferenceGrant
          metadata: {name: web}
          spec:
            from: [{group: weir.dev, kind: LoadBalancer, namespace: %s}]
            to: [{group: "", kind: Service, name: web}]
          """
              .formatted(plane.namespace));
      plane.awaitCondition("web", "Ready", "True", STATUS);
      assertEquals("shared", LoadClient.fetch(port, "/"));

      plane
          .cluster
          .client()
          .genericKubernetesResources("gateway.networking.k8s.io/v1beta1", "ReferenceGrant")
          .inNamespace(shared)
          .withName("web")
          .delete();
      Await.until("the grant is gone", STATUS, () -> LoadClient.status(port, "/") == 503);
      assertEquals("True", plane.awaitCondition("web", "Accepted", "True", STATUS).status());
    }
  }
}
