package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.controller.tools.Ran;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `weir status`, `diff` and `explain` against a cluster with a controller and a proxy.
class ToolsTest {
  private static final Duration STATUS = Duration.ofSeconds(15);

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
  void theyTellWhatIsServedByWhomAndWhyNot() throws Exception {
    int port = Ports.free();
    String kubeconfig = kubeconfig();
    String server = "127.0.0.1:" + plane.controller().healthPort();
    try (var origin = Origin.startAt(TestCluster.address(), "a")) {
      plane.apply(
          """
          apiVersion: v1
          kind: Service
          metadata: {name: web}
          spec: {ports: [{name: http, port: 80, protocol: TCP}]}
          """);
      plane.apply(plane.slice("web-a", "web", origin));
      plane.apply(loadBalancer(port));
      var alone = Ran.command("diff", "--server", server, "--fleet", plane.fleet("edge"));
      assertEquals(1, alone.code(), alone.out());
      assertTrue(alone.err().contains("no proxy is connected"), alone.err());
      try (var proxy = plane.proxy("edge")) {
        plane.awaitCondition("web", "Ready", "True", STATUS);
        var table = Ran.command("status", "--kubeconfig", kubeconfig, "-n", plane.namespace);
        assertEquals(0, table.code(), table.out() + table.err());
        assertTrue(table.out().contains("1/1"), table.out());

        var same = Await.value("no difference", STATUS, () -> diff(server, 0));
        assertTrue(same.out().contains(", no difference"), same.out());
        assertTrue(same.out().contains("fleet " + plane.fleet("edge")), same.out());

        var explained = explain(kubeconfig, server, port);
        assertEquals(0, explained.code(), explained.out() + explained.err());
        assertTrue(explained.out().contains("healthy for 1 of 1 proxies"), explained.out());
        assertTrue(explained.out().contains("proxies of fleet "), explained.out());

        origin.kill();
        plane.awaitCondition("web", "Ready", "False", STATUS);
        var one = Ran.command("status", "web", "--kubeconfig", kubeconfig, "-n", plane.namespace);
        assertEquals(1, one.code());
        assertTrue(one.out().contains("is not ready: NoHealthyEndpoints"), one.out());
        assertTrue(one.out().contains(":" + origin.port()), one.out());
        var down = explain(kubeconfig, server, port);
        assertEquals(1, down.code(), down.out());
        assertTrue(down.out().contains("unhealthy for 1 of 1 proxies"), down.out());
        assertTrue(down.out().contains("no endpoint is in: 503"), down.out());
        var json =
            Ran.command(
                "status", "web", "-o", "json", "--kubeconfig", kubeconfig, "-n", plane.namespace);
        assertTrue(json.out().contains("\"ready\" : false"), json.out());
      }
    }
    var none = Ran.command("status", "none", "--kubeconfig", kubeconfig, "-n", plane.namespace);
    assertEquals(1, none.code());
    assertTrue(none.err().contains("there is no LoadBalancer"), none.err());
  }

  @Test
  void whatAProxyRejectsIsADifference() throws Exception {
    String server = "127.0.0.1:" + plane.controller().healthPort();
    try (var origin = Origin.startAt(TestCluster.address(), "a")) {
      plane.apply(
          """
          apiVersion: v1
          kind: Service
          metadata: {name: web}
          spec: {ports: [{name: http, port: 80, protocol: TCP}]}
          """);
      plane.apply(plane.slice("web-a", "web", origin));
      try (var proxy = plane.proxy("edge")) {
        plane.apply(loadBalancer(proxy.healthPort()));
        var found = Await.value("a rejection", STATUS, () -> rejected(server));
        assertTrue(found.out().contains("2 differences"), found.out());
        assertTrue(found.out().contains("LoadBalancer:" + plane.namespace + "/web"), found.out());
      }
    }
  }

  @Test
  void nobodyElseMayAskAController() throws Exception {
    int port = plane.controller().healthPort();
    assertEquals(200, status(port, "/state/proxies", "127.0.0.1:" + port));
    assertEquals(403, status(port, "/state/proxies", "weir.example.com"));
    assertEquals(403, status(port, "/state/endpoints?load_balancer=a/b", "weir.example.com"));
    assertEquals(404, status(port, "/state/endpoints?load_balancer=a/b", "localhost:" + port));
    var away = Ran.command("diff", "--server", "127.0.0.1:" + Ports.free());
    assertEquals(69, away.code());
    assertTrue(away.err().contains("does not answer"), away.err());
  }

  private static int status(int port, String path, String host) throws Exception {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return Integer.parseInt(answer.substring(9, 12));
    }
  }

  private @Nullable Ran rejected(String server) {
    Ran ran = diff(server, 1);
    return ran != null && ran.out().contains("rejected") ? ran : null;
  }

  private @Nullable Ran diff(String server, int code) {
    var ran = Ran.command("diff", "--server", server, "--fleet", plane.fleet("edge"));
    return ran.code() == code && !ran.err().contains("no proxy") ? ran : null;
  }

  private Ran explain(String kubeconfig, String server, int port) {
    return Ran.command(
        "explain",
        "http://shop.example.com:" + port + "/cart",
        "--kubeconfig",
        kubeconfig,
        "-n",
        plane.namespace,
        "--server",
        server);
  }

  private String kubeconfig() throws IOException {
    return Files.writeString(directory.resolve("kubeconfig"), plane.cluster.kubeconfig())
        .toString();
  }

  private String loadBalancer(int port) {
    return """
    apiVersion: weir.dev/v1alpha1
    kind: LoadBalancer
    metadata: {name: web}
    spec:
      fleetRef: {name: %s}
      listeners: [{name: http, port: %d}]
      pools:
        - name: web
          serviceRef: {name: web, port: http}
          health: {interval: 200ms, timeout: 5s, rise: 1, fall: 2}
    """
        .formatted(plane.fleet("edge"), port);
  }
}
