package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/// A cluster with many Secrets, of which a few are referred to: the controller is as large as in
/// one with few, also when it starts there.
///
/// `-Dweir.secrets` is how many, 4 KiB each.
@EnabledIfEnvironmentVariable(
    named = "WEIR_TEST_KUBECONFIG",
    matches = ".+",
    disabledReason = "many Secrets: WEIR_TEST_KUBECONFIG names no API server (make test-kube)")
class ManySecretsTest {
  private static final int SECRETS = Integer.getInteger("weir.secrets", 2000);
  private static final int REFERRED = 10;
  private static final int BYTES = 4096;
  private static final int AT_ONCE = 16;
  private static final long SAME = 4 << 20;
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void secretsThatNobodyRefersToCostNothing() throws Exception {
    try (var plane = ControlPlane.withoutController(directory)) {
      var cluster = (RealCluster) plane.cluster;
      X509Bundle bundle = Authority.named("weir test").server("shop.example.com");
      for (int i = 0; i < REFERRED; i++) {
        create(plane, certificate("tls-" + i, bundle));
        plane.apply(loadBalancer(plane, i));
      }
      long lists = cluster.lists("secrets");
      long few;
      long many;
      long resident;
      try (var controller = controller(plane)) {
        few = controller.heap();
        resident = controller.resident();
        long began = System.nanoTime();
        fill(plane);
        System.out.printf(
            "%d Secrets made in %d s%n",
            SECRETS, Duration.ofNanos(System.nanoTime() - began).toSeconds());
        many = controller.heap();
        System.out.printf(
            "controller with %d Secrets, then %d: heap %d, %d KiB; resident %d, %d KiB%n",
            REFERRED,
            REFERRED + SECRETS,
            few >> 10,
            many >> 10,
            resident >> 10,
            controller.resident() >> 10);
      }
      try (var controller = controller(plane)) {
        long started = controller.heap();
        System.out.printf(
            "controller that starts with %d Secrets: heap %d KiB, resident %d KiB%n",
            REFERRED + SECRETS, started >> 10, controller.resident() >> 10);
        assertTrue(many - few < SAME, few + " bytes became " + many);
        assertTrue(started - few < SAME, few + " bytes, started anew " + started);
      }
      assertEquals(lists, cluster.lists("secrets"), "Secrets were listed");
    }
  }

  /// A process that has read all that is referred to.
  private ControllerProcess controller(ControlPlane plane) throws Exception {
    Path kubeconfig = directory.resolve("kubeconfig");
    Files.writeString(kubeconfig, plane.cluster.kubeconfig());
    var controller =
        ControllerProcess.start(
            Stream.concat(
                    plane.arguments(0).stream(), Stream.of("--kubeconfig", kubeconfig.toString()))
                .toList());
    try (var proxy = plane.simulated(controller.streamPort(), "edge", "one", null)) {
      // Each is a LoadBalancer, its pool and its certificate.
      Await.until("all", LONG, () -> proxy.live.resources().size() == 3 * REFERRED);
    }
    return controller;
  }

  private static void fill(ControlPlane plane) throws InterruptedException {
    var places = new Semaphore(AT_ONCE);
    String data = Base64.getEncoder().encodeToString(new byte[BYTES]);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < SECRETS; i++) {
        int number = i;
        places.acquire();
        threads.execute(
            () -> {
              try {
                create(plane, secret("other-" + number, "Opaque", Map.of("data", data)));
              } finally {
                places.release();
              }
            });
      }
    }
    assertEquals(
        SECRETS + REFERRED,
        plane
                .client(Secret.class)
                .list(new ListOptionsBuilder().withLimit(1L).build())
                .getMetadata()
                .getRemainingItemCount()
            + 1);
  }

  private static void create(ControlPlane plane, Secret secret) {
    plane.client(Secret.class).resource(secret).create();
  }

  private static Secret certificate(String name, X509Bundle bundle) {
    var base64 = Base64.getEncoder();
    return secret(
        name,
        "kubernetes.io/tls",
        Map.of(
            "tls.crt",
            base64.encodeToString(
                bundle.getCertificatePathPEM().getBytes(StandardCharsets.US_ASCII)),
            "tls.key",
            base64.encodeToString(bundle.getPrivateKeyPEM().getBytes(StandardCharsets.US_ASCII))));
  }

  private static Secret secret(String name, String type, Map<String, String> data) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .withType(type)
        .withData(data)
        .build();
  }

  private static String loadBalancer(ControlPlane plane, int number) throws Exception {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web-%d}
        spec:
          fleetRef: {name: %s}
          listeners:
            - name: https
              port: %d
              tls: {certificates: [{secretRef: {name: tls-%d}}]}
          pools: [{name: web, endpoints: [{address: "%s", port: 80}]}]
        """
        .formatted(
            number,
            plane.fleet("edge"),
            1000 + number,
            number,
            TestCluster.address().getHostAddress());
  }
}
