package dev.weir.controller.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.controller.TlsSecret;
import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/// What a user of a cluster does, on a real node with the images that were built: `test/kube/run`
/// starts it.
///
/// The steps build on each other. Load is light and steady: every request is accounted for.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@EnabledIfEnvironmentVariable(
    named = "WEIR_TEST_NODE",
    matches = ".+",
    disabledReason = "WEIR_TEST_NODE names no cluster with a node (make test-kube as root)")
class NodeScenarioTest {
  private static final Duration LONG = Duration.ofSeconds(120);
  private static final Duration PACE = Duration.ofMillis(20);
  private static final String LB =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: web}
      spec:
        proxy: {kind: %s}
        listeners: [%s]
        pools: [{name: web, serviceRef: {name: web, port: http}}]
      """;

  /// Calls of gRPC go to the same pods over HTTP/2.
  private static final String WITH_GRPC =
      LB.replace("port: http}}]", "port: http}}, GRPC]")
              .replace("GRPC", "{name: grpc, protocol: HTTP2, serviceRef: {name: web, port: http}}")
          + """
            routes:
              - {name: grpc, matches: [{path: {prefix: /test.Echo}}], backends: [{pool: grpc}]}
              - {name: web, backends: [{pool: web}]}
          """;

  private static final String HTTPS =
      "{name: https, port: 443, tls: {certificates: [{secretRef: {name: shop-tls}}],"
          + " clientAuth: {mode: Optional, ca: {configMapRef: {name: partners}}}}}";

  /// The Gateway API's kind, whatever is in it. Secrets of session tickets are made at the start
  /// and changed every twelve hours.
  private static final Set<String> USED_LATER = Set.of("update secrets");

  private static final String REFERENCE_GRANTS =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata:
        name: referencegrants.gateway.networking.k8s.io
        annotations: {api-approved.kubernetes.io: "unapproved, for tests"}
      spec:
        group: gateway.networking.k8s.io
        scope: Namespaced
        names: {plural: referencegrants, kind: ReferenceGrant}
        versions:
          - name: v1beta1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
      """;

  private static final String HTTP = "{name: http, port: 80}";

  private Path directory = Path.of(".");
  private Kubectl kubectl = new Kubectl("kubectl", directory);
  private String service = "";

  @BeforeAll
  void connect() {
    directory = Path.of(Objects.requireNonNull(System.getenv("WEIR_TEST_NODE")));
    kubectl = Kubectl.ofNode();
  }

  @Test
  @Order(1)
  void aLoadBalancerNamedLikeItsServiceServesThroughBothProxies() throws Exception {
    kubectl.apply(Backend.manifest("default", 2));
    String before = kubectl.get("service web", "{.metadata.uid}{.spec}{.metadata.labels}");
    kubectl.apply(LB.formatted("Deployment", HTTP));
    kubectl.awaitColumns("web", "True", "2/2", "2/2");
    service = kubectl.get("service web-weir", "{.spec.clusterIP}");
    assertEquals(before, kubectl.get("service web", "{.metadata.uid}{.spec}{.metadata.labels}"));
    assertEquals(service, kubectl.get("lb web", "{.status.addresses[0].value}"));
    Await.until("the node knows the Service", LONG, () -> answersOn(service, 80));
    assertEquals(pods("app=web"), answers(service, 40));
    for (String proxy :
        kubectl
            .get("pods -l app.kubernetes.io/instance=web-weir", "{.items[*].status.podIP}")
            .split(" ")) {
      assertEquals(pods("app=web"), answers(proxy, 20), "through proxy " + proxy);
    }
  }

  @Test
  @Order(2)
  void scalingTheBackendLosesNoRequest() throws Exception {
    try (var load = load()) {
      kubectl.run("scale", "deployment/web", "--replicas=3");
      kubectl.awaitColumns("web", "True", "2/2", "3/3");
      Await.until("three answer", LONG, () -> load.report().bodies().size() == 3);
      kubectl.run("scale", "deployment/web", "--replicas=1");
      kubectl.awaitColumns("web", "True", "2/2", "1/1");
      Await.until("one pod is left", LONG, () -> pods("app=web").size() == 1);
      load.stopFlawless(500);
    }
    kubectl.run("scale", "deployment/web", "--replicas=2");
    kubectl.awaitColumns("web", "True", "2/2", "2/2");
  }

  @Test
  @Order(3)
  void deletingAProxyLosesNoRequest() throws Exception {
    Set<String> before = proxyUids();
    try (var load = load()) {
      Await.until("load flows", () -> load.succeeded() > 100);
      String victim =
          kubectl.get("pods -l app.kubernetes.io/instance=web-weir", "{.items[0].metadata.name}");
      kubectl.run("delete", "pod", victim);
      kubectl.awaitColumns("web", "True", "2/2", "2/2");
      Await.until(
          "another proxy is there",
          LONG,
          () -> {
            Set<String> now = proxyUids();
            return now.size() == 2 && !now.equals(before);
          });
      load.stopFlawless(200);
    }
  }

  @Test
  @Order(4)
  void addingAListenerRollsNoPod() throws Exception {
    Set<String> before = proxyUids();
    try (var load = load()) {
      kubectl.apply(LB.formatted("Deployment", HTTP + ", {name: other, port: 8081}"));
      Await.until("the new port answers", LONG, () -> answersOn(service, 8081));
      kubectl.awaitColumns("web", "True", "2/2", "2/2");
      load.stopFlawless(20);
    }
    assertEquals(before, proxyUids());
  }

  @Test
  @Order(5)
  void aBackendThatIsGoneIsSaid() throws Exception {
    kubectl.run("scale", "deployment/web", "--replicas=0");
    Await.until(
        "READY False",
        LONG,
        () ->
            kubectl
                .get("lb web", "{.status.conditions[?(@.type==\"Ready\")].reason}")
                .equals("NoHealthyEndpoints"));
    kubectl.run("scale", "deployment/web", "--replicas=2");
    kubectl.awaitColumns("web", "True", "2/2", "2/2");
  }

  @Test
  @Order(6)
  void otherKindsOfProxiesReplaceTheFirst() throws Exception {
    kubectl.apply(LB.formatted("DaemonSet", HTTP));
    kubectl.awaitColumns("web", "True", "1/1", "2/2");
    assertEquals(
        "",
        kubectl
            .get("deployments -l app.kubernetes.io/managed-by=weir", "{.items}")
            .replace("[]", ""));
    kubectl.apply(LB.formatted("Deployment", HTTP));
    kubectl.awaitColumns("web", "True", "2/2", "2/2");
    kubectl.run(
        "patch",
        "lb",
        "web",
        "--type=merge",
        "-p",
        "{\"spec\":{\"proxy\":null,\"fleetRef\":{\"name\":\"none\"}}}");
    Await.until("nothing of its own is left", LONG, () -> owned().isEmpty());
    kubectl.run("patch", "lb", "web", "--type=merge", "-p", "{\"spec\":{\"fleetRef\":null}}");
    kubectl.awaitColumns("web", "True", "2/2", "2/2");
  }

  @Test
  @Order(7)
  void somebodyElsesObjectIsNeverTouched() throws Exception {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: taken-weir, labels: {mine: "yes"}}
        spec: {selector: {app: mine}, ports: [{port: 1234}]}
        """);
    String before = kubectl.get("service taken-weir", "{.metadata.labels}{.spec}");
    kubectl.apply(LB.formatted("Deployment", HTTP).replace("{name: web}", "{name: taken}"));
    Await.until(
        "NameConflict",
        LONG,
        () ->
            kubectl
                .get("lb taken", "{.status.conditions[?(@.type==\"Programmed\")].reason}")
                .equals("NameConflict"));
    assertEquals(before, kubectl.get("service taken-weir", "{.metadata.labels}{.spec}"));
    kubectl.run("delete", "lb", "taken");
    kubectl.run("delete", "service", "taken-weir");
  }

  @Test
  @Order(8)
  void aCertificateIsReadWhereThatIsAllowedAndRotatedWhileTrafficFlows() throws Exception {
    Authority authority = Authority.named("node test");
    kubectl.apply(REFERENCE_GRANTS);
    kubectl.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: partners}
        data: {ca.crt: "%s"}
        """
            .formatted(authority.pem().replace("\n", "\\n")));
    secret(authority);
    service = kubectl.get("service web-weir", "{.spec.clusterIP}");
    kubectl.apply(WITH_GRPC.formatted("Deployment", HTTP + ", " + HTTPS));
    Await.until(
        "RefForbidden",
        LONG,
        () ->
            kubectl
                .get("lb web", "{.status.conditions[?(@.type==\"ResolvedRefs\")].reason}")
                .equals("RefForbidden"));
    kubectl.run(
        "create",
        "rolebinding",
        "weir-references",
        "--clusterrole=weir-references",
        "--serviceaccount=weir-system:weir-controller");
    Await.until("the certificate is there", LONG, () -> served(authority) != null);
    kubectl.awaitColumns("web", "True", "2/2", "4/4");
    try (var load = load();
        var calls = new GrpcCalls(Http2Client.over(tls(authority, "h2")));
        var plain = new GrpcCalls(Http2Client.over(Wire.connect(service, 80)))) {
      for (int i = 0; i < 3; i++) {
        String serial = secret(authority);
        Await.until("the new one is served", LONG, () -> serial.equals(served(authority)));
        for (var each : List.of(calls, plain)) {
          each.streaming("message " + i);
          assertTrue(pods("app=web").contains(each.unary("hello")));
        }
      }
      assertTrue(pods("app=web").contains(calls.end()));
      assertTrue(pods("app=web").contains(plain.end()));
      Await.until("load flows", LONG, () -> load.succeeded() > 200);
      load.stopFlawless(200);
    }
    kubectl.apply(LB.formatted("Deployment", HTTP));
    kubectl.awaitColumns("web", "True", "2/2", "2/2");
  }

  /// Writes the Secret anew.
  ///
  /// @return the certificate's serial number
  private String secret(Authority authority) throws Exception {
    var bundle = authority.server("shop.example.com");
    kubectl.apply(TlsSecret.manifest("shop-tls", bundle));
    return bundle.getCertificate().getSerialNumber().toString();
  }

  /// The serial number of the certificate with which a request succeeds; null when none does.
  private @Nullable String served(Authority authority) throws Exception {
    try (var wire = tls(authority, "http/1.1")) {
      var answer = wire.get("/", "Connection: close").readResponse();
      var session = ((SSLSocket) wire.socket()).getSession();
      var peer = (X509Certificate) session.getPeerCertificates()[0];
      return answer.status() == 200 ? peer.getSerialNumber().toString() : null;
    } catch (IOException e) {
      return null;
    }
  }

  private Wire tls(Authority authority, String protocol) throws Exception {
    return Wire.connect(
        new InetSocketAddress(service, 443),
        authority.trusting(),
        "shop.example.com",
        wishes -> wishes.setApplicationProtocols(new String[] {protocol}));
  }

  @Test
  @Order(9)
  void deletingItLeavesNothingBehind() throws Exception {
    kubectl.run("delete", "lb", "web");
    Await.until("nothing is left", LONG, () -> owned().isEmpty());
    assertEquals("Service", kubectl.get("service web", "{.kind}"));
  }

  @Test
  @Order(10)
  void theControllerMayExactlyWhatItDoes() throws Exception {
    var granted = Rights.granted(kubectl);
    var used =
        Await.value(
            "every right is used",
            LONG,
            () -> {
              var now = Rights.used(directory.resolve("audit.log"));
              var unused = new TreeSet<>(granted);
              unused.removeAll(now);
              unused.removeAll(USED_LATER);
              if (!unused.isEmpty()) {
                throw new IllegalStateException("granted and never used: " + unused);
              }
              return now;
            });
    var refused = new TreeSet<>(used);
    refused.removeAll(granted);
    assertEquals(Set.of(), refused, "used and not granted");
    assertFalse(used.isEmpty());
  }

  private LoadClient load() {
    return LoadClient.on(service, 80).keepAlive(4, "/", PACE).oneShot(2, "/", PACE.multipliedBy(2));
  }

  private Set<String> pods(String label) throws Exception {
    return words(kubectl.get("pods -l " + label, "{.items[*].metadata.name}"));
  }

  private Set<String> proxyUids() throws Exception {
    return words(
        kubectl.get("pods -l app.kubernetes.io/instance=web-weir", "{.items[*].metadata.uid}"));
  }

  private Set<String> owned() throws Exception {
    return words(
        kubectl.get(
            "deployments,daemonsets,services,serviceaccounts,configmaps,pdb,pods"
                + " -l app.kubernetes.io/instance=web-weir",
            "{.items[*].metadata.name}"));
  }

  private static Set<String> words(String text) {
    return text.isEmpty() ? Set.of() : new HashSet<>(Set.of(text.split("\\s+")));
  }

  private static Set<String> answers(String host, int requests) throws Exception {
    Set<String> answers = new HashSet<>();
    for (int i = 0; i < requests; i++) {
      try (var wire = Wire.connect(host, 80)) {
        var response = wire.get("/", "Connection: close").readResponse();
        assertEquals(200, response.status());
        answers.add(response.body().strip());
      }
    }
    return answers;
  }

  private static boolean answersOn(String host, int port) {
    try (var wire = Wire.connect(host, port)) {
      return wire.get("/", "Connection: close").readResponse().status() == 200;
    } catch (java.io.IOException e) {
      return false;
    }
  }

  @Test
  @Order(11)
  void theControllerSaidNothingWrong() throws Exception {
    String log = kubectl.run("logs", "-n", "weir-system", "deployment/weir-controller");
    assertFalse(log.contains("ERROR"), log);
    assertTrue(log.contains("the first pass is done"), log);
  }
}
