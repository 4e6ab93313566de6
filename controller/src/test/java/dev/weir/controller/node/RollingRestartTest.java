package dev.weir.controller.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/// `kubectl rollout restart` of everything that a request or its configuration passes, one after
/// the other, under load on a real node: no request fails, and the status does not waver.
///
/// A third of the requests are POSTs, which nobody may send twice. What clients count is all that
/// counts.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfEnvironmentVariable(
    named = "WEIR_TEST_NODE",
    matches = ".+",
    disabledReason = "WEIR_TEST_NODE names no cluster with a node (make test-kube as root)")
class RollingRestartTest {
  private static final String NAMESPACE = "rolling";
  private static final Duration LONG = Duration.ofSeconds(180);
  private static final Duration PACE = Duration.ofMillis(20);
  private static final String LOAD_BALANCER =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: web, namespace: rolling}
      spec:
        listeners: [{name: http, port: 80, responseHeaders: {set: [{name: X-Version, value: %s}]}}]
        pools: [{name: web, serviceRef: {name: web, port: http}}]
      """;

  private Kubectl kubectl = new Kubectl("kubectl", Path.of("."));
  private String service = "";

  @BeforeAll
  void start() throws Exception {
    kubectl = Kubectl.ofNode();
    kubectl.run("create", "namespace", NAMESPACE);
    kubectl.apply(Backend.manifest(NAMESPACE, 10));
    kubectl.apply(LOAD_BALANCER.formatted("one"));
    awaitReady();
    service = kubectl.get("service web-weir -n rolling", "{.spec.clusterIP}");
    Await.until("the node knows the Service", LONG, () -> version(service).equals("one"));
  }

  @AfterAll
  void end() throws Exception {
    kubectl.run("delete", "lb", "web", "-n", NAMESPACE);
    kubectl.run("delete", "namespace", NAMESPACE, "--wait=false");
  }

  @Test
  void aRestartOfTheControllersLosesNoRequestAndNoChange() throws Exception {
    String controllers = "pods -n weir-system -l app.kubernetes.io/name=weir-controller";
    Set<String> before = names(controllers);
    String since = readySince();
    try (var load = load()) {
      kubectl.run("rollout", "restart", "deployment/weir-controller", "-n", "weir-system");
      Await.until("one is replaced", LONG, () -> !names(controllers).containsAll(before));
      kubectl.apply(LOAD_BALANCER.formatted("two"));
      Await.until("the change is served amid it", LONG, () -> version(service).equals("two"));
      rolledOut("deployment/weir-controller", "weir-system");
      Await.until("all are replaced", LONG, () -> Collections.disjoint(names(controllers), before));
      kubectl.apply(LOAD_BALANCER.formatted("one"));
      Await.until("changes are served after it", LONG, () -> version(service).equals("one"));
      awaitReady();
      assertFlawless(load);
    }
    assertEquals(since, readySince(), "Ready was never anything else than True");
  }

  @Test
  void aRestartOfTheProxiesLosesNoRequest() throws Exception {
    String proxies = "pods -n rolling -l app.kubernetes.io/instance=web-weir";
    Set<String> before = names(proxies);
    String since = readySince();
    try (var load = load()) {
      kubectl.run("rollout", "restart", "deployment/web-weir", "-n", NAMESPACE);
      rolledOut("deployment/web-weir", NAMESPACE);
      Await.until("all are replaced", LONG, () -> Collections.disjoint(names(proxies), before));
      awaitReady();
      assertFlawless(load);
    }
    assertEquals(since, readySince(), "Ready was never anything else than True");
  }

  @Test
  void aRestartOfTenBackendPodsLosesNoRequest() throws Exception {
    Set<String> before = names("pods -n rolling -l app=web");
    assertEquals(10, before.size(), before.toString());
    String since = readySince();
    try (var load = load()) {
      kubectl.run("rollout", "restart", "deployment/web", "-n", NAMESPACE);
      rolledOut("deployment/web", NAMESPACE);
      Await.until(
          "all are replaced",
          LONG,
          () -> Collections.disjoint(names("pods -n rolling -l app=web"), before));
      awaitReady();
      Await.until(
          "each new one answers",
          LONG,
          () -> answered(load).containsAll(names("pods -n rolling -l app=web")));
      assertFlawless(load);
    }
    assertEquals(since, readySince(), "Ready was never anything else than True");
  }

  private LoadClient load() {
    var load =
        LoadClient.on(service, 80)
            .keepAlive(3, "/", PACE)
            .oneShot(1, "/", PACE.multipliedBy(2))
            .posting("an order")
            .keepAlive(2, "/", PACE);
    Await.until("load flows", LONG, () -> load.succeeded() > 100);
    return load;
  }

  private static void assertFlawless(LoadClient load) throws InterruptedException {
    System.out.println(load.stopFlawless(500).succeeded() + " requests");
  }

  private static Set<String> answered(LoadClient load) {
    Set<String> names = new TreeSet<>();
    load.report().bodies().keySet().forEach(body -> names.add(body.strip()));
    return names;
  }

  private void awaitReady() throws Exception {
    kubectl.awaitColumns(NAMESPACE, "web", "True", "2/2", "10/10");
  }

  private void rolledOut(String workload, String namespace) throws Exception {
    String said = kubectl.run("rollout", "status", workload, "-n", namespace, "--timeout=170s");
    assertTrue(said.contains("successfully rolled out"), said);
  }

  private String readySince() throws Exception {
    return kubectl.get(
        "lb web -n rolling",
        "{.status.conditions[?(@.type==\"Ready\")].status}"
            + " since {.status.conditions[?(@.type==\"Ready\")].lastTransitionTime}");
  }

  private Set<String> names(String what) throws Exception {
    return new TreeSet<>(Set.of(kubectl.get(what, "{.items[*].metadata.name}").split(" ")));
  }

  private static String version(String host) {
    try (var wire = Wire.connect(host, 80)) {
      var head = wire.get("/", "Connection: close").readHead();
      return String.valueOf(head.first("x-version"));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
