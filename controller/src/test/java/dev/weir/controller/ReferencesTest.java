package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import java.nio.file.Path;
import java.time.Duration;
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
                health: {interval: 200ms, timeout: 200ms, rise: 1, fall: 2}
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
