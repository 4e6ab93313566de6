package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/// The objects of LoadBalancers that have proxies of their own, in the cluster; no pod runs here.
class ManagedProxiesTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private ControlPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new ControlPlane(directory);
    plane.stopController();
    plane.startController("--proxy-mode", "managed", "--proxy-image", "weir/proxy:test");
  }

  @AfterEach
  void stop() throws Exception {
    plane.close();
  }

  @Test
  void aLoadBalancerGetsProxiesAndTheyStayAsTheyShouldBe() {
    plane.apply(loadBalancer("web", "80", "{}"));
    Await.until("a Deployment", DEADLINE, () -> deployment("web-weir") != null);
    Await.until("a Service", DEADLINE, () -> plane.get(service(), "web-weir") != null);

    plane
        .client(Deployment.class)
        .withName("web-weir")
        .edit(
            found -> {
              found.getSpec().setReplicas(7);
              return found;
            });
    Await.until(
        "two replicas again",
        DEADLINE,
        () -> Objects.requireNonNull(deployment("web-weir")).getSpec().getReplicas() == 2);
    plane.client(service()).withName("web-weir").delete();
    Await.until("the Service again", DEADLINE, () -> plane.get(service(), "web-weir") != null);
  }

  @Test
  @EnabledIfEnvironmentVariable(
      named = "WEIR_TEST_KUBECONFIG",
      matches = ".+",
      disabledReason =
          "owners of fields: WEIR_TEST_KUBECONFIG names no API server (make test-kube)")
  void whoScalesTheProxiesHasTheSayUntilTheLoadBalancerSaysHowManyThereAre() {
    plane.apply(loadBalancer("web", "80", "{}"));
    Await.until("a Deployment", DEADLINE, () -> deployment("web-weir") != null);
    plane
        .cluster
        .client()
        .apps()
        .deployments()
        .inNamespace(plane.namespace)
        .withName("web-weir")
        .scale(5);
    plane.apply(loadBalancer("web", "80}, {name: more, port: 81", "{}"));
    Await.until(
        "the next change",
        DEADLINE,
        () -> plane.get(service(), "web-weir").getSpec().getPorts().size() == 2);
    Await.until("five are expected", DEADLINE, () -> proxies("web").equals("0/5"));
    assertEquals(5, deployment("web-weir").getSpec().getReplicas());
    plane.apply(loadBalancer("web", "80", "{replicas: 3}"));
    Await.until("three", DEADLINE, () -> deployment("web-weir").getSpec().getReplicas() == 3);
    Await.until("three are expected", DEADLINE, () -> proxies("web").equals("0/3"));
  }

  private String proxies(String name) {
    var status = plane.loadBalancer(name).getStatus();
    return status == null || status.proxies() == null ? "" : status.proxies().summary();
  }

  @Test
  void aNewListenerChangesTheServiceAndNotThePods() {
    plane.apply(loadBalancer("web", "80", "{}"));
    Await.until("a Service", DEADLINE, () -> plane.get(service(), "web-weir") != null);
    String template = deployment("web-weir").getSpec().getTemplate().toString();
    plane.apply(loadBalancer("web", "80}, {name: more, port: 81", "{}"));
    Await.until(
        "two ports",
        DEADLINE,
        () -> plane.get(service(), "web-weir").getSpec().getPorts().size() == 2);
    assertEquals(template, deployment("web-weir").getSpec().getTemplate().toString());
  }

  @Test
  void anotherKindOfProxiesTakesThePlaceOfTheFirst() {
    plane.apply(loadBalancer("web", "80", "{}"));
    Await.until("a Deployment", DEADLINE, () -> deployment("web-weir") != null);
    plane.apply(loadBalancer("web", "80", "{kind: DaemonSet}"));
    Await.until("a DaemonSet", DEADLINE, () -> plane.get(DaemonSet.class, "web-weir") != null);
    Await.until("no Deployment", DEADLINE, () -> deployment("web-weir") == null);
  }

  @Test
  void somebodyElsesObjectIsNeverTouchedAndNothingElseIsMade() {
    plane.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web-weir, labels: {mine: "yes"}}
        spec:
          ports: [{port: 1234}]
        """);
    plane.apply(loadBalancer("web", "80", "{}"));
    var programmed = plane.awaitCondition("web", "Programmed", "False", DEADLINE);
    assertEquals("NameConflict", programmed.reason());
    assertTrue(programmed.message().contains("web-weir"), programmed.message());
    var untouched = plane.get(service(), "web-weir");
    assertEquals(Map.of("mine", "yes"), untouched.getMetadata().getLabels());
    assertEquals(1234, untouched.getSpec().getPorts().getFirst().getPort());
    assertNull(deployment("web-weir"));
  }

  private Deployment deployment(String name) {
    return plane.get(Deployment.class, name);
  }

  private static Class<Service> service() {
    return Service.class;
  }

  private static String loadBalancer(String name, String ports, String proxy) {
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          proxy: %s
          listeners: [{name: http, port: %s}]
          pools: [{name: web, endpoints: [{address: 192.0.2.200, port: 80}]}]
        """
        .formatted(name, proxy, ports);
  }
}
