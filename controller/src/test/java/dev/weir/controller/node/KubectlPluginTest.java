package dev.weir.controller.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/// `kubectl weir …`, run by kubectl: what the commands say of a cluster with a node, asked through
/// the API server and its port forwarding as a user asks.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfEnvironmentVariable(
    named = "WEIR_TEST_NODE",
    matches = ".+",
    disabledReason = "WEIR_TEST_NODE names no cluster with a node (make test-kube as root)")
class KubectlPluginTest {
  private static final String NAMESPACE = "plugin";
  private static final Duration LONG = Duration.ofSeconds(120);
  private static final String LOAD_BALANCER =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: web, namespace: plugin}
      spec:
        listeners: [{name: http, port: 80}]
        pools: [{name: web, serviceRef: {name: web, port: http}}]
        routes: [{name: shop, matches: [{path: {prefix: /shop}}], backends: [{pool: web}]}]
      """;

  private Kubectl kubectl = new Kubectl("kubectl", Path.of("."));

  @BeforeAll
  void start() throws Exception {
    kubectl = Kubectl.ofNode();
    kubectl.run("create", "namespace", NAMESPACE);
    kubectl.apply(Backend.manifest(NAMESPACE, 1));
    kubectl.apply(LOAD_BALANCER);
    kubectl.awaitColumns(NAMESPACE, "web", "True", "2/2", "1/1");
  }

  @AfterAll
  void end() throws Exception {
    kubectl.run("delete", "lb", "web", "-n", NAMESPACE);
    kubectl.run("delete", "namespace", NAMESPACE, "--wait=false");
  }

  @Test
  void kubectlKnowsThePlugin() throws Exception {
    String plugins = kubectl.run("plugin", "list");
    assertTrue(plugins.contains("kubectl-weir"), plugins);
  }

  @Test
  void statusTellsWhatClientsGet() throws Exception {
    String table = kubectl.run("weir", "status", "-n", NAMESPACE);
    assertTrue(table.matches("(?s)NAMESPACE +NAME .*\\nplugin +web +True +2/2 +1/1 .*"), table);
    String all = kubectl.run("weir", "status", "-A");
    assertTrue(all.contains("plugin"), all);
    String one = kubectl.run("weir", "status", "web", "-n", NAMESPACE);
    assertTrue(one.contains("is ready"), one);
    Kubectl.Output none = kubectl.attempt(null, "weir", "status", "none", "-n", NAMESPACE);
    assertEquals(1, none.code(), none.text());
    assertTrue(none.text().contains("there is no LoadBalancer"), none.text());
  }

  @Test
  void diffAsksEveryReplicaThroughForwardedPorts() throws Exception {
    String diff =
        Await.value(
            "no difference",
            LONG,
            () -> {
              Kubectl.Output now = kubectl.attempt(null, "weir", "diff");
              return now.code() == 0 ? now.text().strip() : null;
            });
    assertEquals(2, diff.split("(?m)^controller ", -1).length - 1, diff);
    assertTrue(diff.contains(", leads"), diff);
    assertTrue(diff.contains("plugin/web"), diff);
    assertEquals(2, diff.split("web-weir-.* runs .*, no difference", -1).length - 1, diff);
  }

  @Test
  void explainNamesTheWayOfARequestAndWhyEachEndpointIsInOrOut() throws Exception {
    String way =
        kubectl.run("weir", "explain", "http://shop.example.com/shop/cart", "-n", NAMESPACE);
    assertTrue(way.contains("plugin/web, listener http"), way);
    assertTrue(way.contains("route shop"), way);
    assertTrue(way.contains("pool web, RoundRobin, 1 of 1 endpoint"), way);
    assertTrue(way.contains("healthy for 2 of 2 proxies"), way);
    Kubectl.Output nowhere =
        kubectl.attempt(null, "weir", "explain", "http://shop.example.com:81/", "-n", NAMESPACE);
    assertEquals(1, nowhere.code(), nowhere.text());
  }

  @Test
  void renderNeedsNoCluster() throws Exception {
    String rendered = kubectl.run("weir", "render", "-f", "../examples/quickstart.yaml");
    assertTrue(rendered.startsWith("LoadBalancer default/"), rendered);
    assertTrue(rendered.contains("\nEndpoints default/"), rendered);
  }
}
