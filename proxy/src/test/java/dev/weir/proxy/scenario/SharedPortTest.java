package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Listeners of several LoadBalancers on one port.
class SharedPortTest {
  @TempDir Path directory;
  private final int port = Ports.free();

  private static Origin named(String name) throws IOException {
    return Origin.start(name, call -> call.reply(200, name));
  }

  private static Wire.Response get(Wire wire, String host) throws IOException {
    return wire.send("GET / HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(host)).readResponse();
  }

  private static void answers(Wire wire, String host, String who) throws IOException {
    var response = get(wire, host);
    assertEquals(200, response.status(), host);
    assertEquals(who, response.body(), host);
  }

  private static List<JsonNode> logged(ProxyProcess proxy, int lines) throws Exception {
    Await.until("lines", () -> Files.readAllLines(proxy.accessLog()).size() >= lines);
    var json = new JsonMapper();
    var parsed = new ArrayList<JsonNode>();
    for (String line : Files.readAllLines(proxy.accessLog())) {
      if (line.startsWith("{")) {
        parsed.add(json.readTree(line));
      }
    }
    return parsed;
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    try (var shop = named("shop");
        var blog = named("blog");
        var sorry = named("sorry")) {
      var file = directory.resolve("shared.yaml");
      Files.writeString(
          file,
          Files.readString(Path.of("../examples/shared-port.yaml"))
              .replace("port: 80\n", "port: " + port + "\n      address: 127.0.0.1\n")
              .replace("192.168.1.100, port: 80", "127.0.0.1, port: " + shop.port())
              .replace("192.168.1.110, port: 80", "127.0.0.1, port: " + blog.port())
              .replace("192.168.1.120, port: 80", "127.0.0.1, port: " + sorry.port()));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        answers(wire, "shop.example.com", "shop");
        answers(wire, "A.B.Shop.Example.com:8080", "shop");
        answers(wire, "blog.example.com", "blog");
        answers(wire, "admin.blog.example.com", "blog");
        answers(wire, "nobody.test", "sorry");
        answers(wire, "example.com", "sorry");
        Await.until("all are counted", () -> counted(proxy.health("/metrics")));
        var lines = logged(proxy, 6);
        assertEquals(
            List.of(
                "default/shop http",
                "default/shop http",
                "default/blog http",
                "default/everything-else http",
                "default/everything-else http"),
            lines.stream()
                .map(l -> l.path("loadBalancer").asText() + " " + l.path("listener").asText())
                .toList());
      }
    }
  }

  private static boolean counted(String metrics) {
    assertEquals(2, requests(metrics, "default/shop", "http"));
    assertEquals(1, requests(metrics, "default/blog", "http"));
    assertEquals(1, requests(metrics, "default/blog", "admin"));
    assertEquals(2, requests(metrics, "default/everything-else", "http"));
    assertTrue(
        metrics.contains(
            "weir_listener_connections{load_balancer=\"default/everything-else\",listener=\"http\"} 1"),
        metrics);
    return true;
  }

  private static long requests(String metrics, String loadBalancer, String listener) {
    String sample =
        "weir_listener_requests_total{load_balancer=\"%s\",listener=\"%s\",code=\"2xx\"} "
            .formatted(loadBalancer, listener);
    int at = metrics.indexOf(sample);
    assertTrue(at >= 0, sample + metrics);
    int from = at + sample.length();
    return Long.parseLong(metrics.substring(from, metrics.indexOf('\n', from)));
  }

  @Test
  void aHostThatNoListenerHasGets404AndTheConnectionLivesOn() throws Exception {
    try (var one = named("one");
        var two = named("two")) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(
          file, manifest("one", "[one.test]", one) + manifest("two", "[two.test]", two));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        answers(wire, "one.test", "one");
        assertEquals(404, get(wire, "three.test").status());
        Await.until(
            "it is counted", () -> proxy.health("/metrics").contains("failure=\"no_route\"} 1"));
      }
    }
  }

  @Test
  void aListenerThatComesOrGoesCutsNoConnection() throws Exception {
    try (var one = named("one");
        var two = named("two")) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(file, manifest("one", "[one.test]", one));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        answers(wire, "one.test", "one");
        assertEquals(404, get(wire, "two.test").status());
        ConfigFile.replace(
            file, manifest("one", "[one.test]", one) + manifest("two", "[two.test]", two));
        awaitGeneration(proxy, 2);
        answers(wire, "two.test", "two");
        answers(wire, "one.test", "one");
        ConfigFile.replace(file, manifest("two", "[two.test]", two));
        awaitGeneration(proxy, 3);
        answers(wire, "two.test", "two");
        assertEquals(404, get(wire, "one.test").status());
        ConfigFile.replace(file, manifest("one", "[one.test]", one) + manifest("two", "[]", two));
        awaitGeneration(proxy, 4);
        answers(wire, "one.test", "one");
        answers(wire, "three.test", "two");
      }
    }
  }

  @Test
  void whoComesLaterByNameGivesWayWhereHostsOverlap() throws Exception {
    try (var one = named("one");
        var two = named("two")) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(
          file, manifest("one", "[one.test]", one) + manifest("two", "[two.test, one.test]", two));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        answers(wire, "one.test", "one");
        assertEquals(404, get(wire, "two.test").status());
        proxy.awaitLogged(
            "host one.test on port %d on 127.0.0.1 is taken by listener http of LoadBalancer default/one"
                .formatted(port));
      }
    }
  }

  private static void awaitGeneration(ProxyProcess proxy, int number) {
    proxy.awaitState("generation " + number, state -> state.path("generation").asInt() == number);
  }

  private String manifest(String name, String hosts, Origin origin) {
    return """
        ---
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          listeners:
            - {name: http, address: 127.0.0.1, port: %d%s}
          pools:
            - name: web
              endpoints: [{address: 127.0.0.1, port: %d}]
        """
        .formatted(name, port, hosts.equals("[]") ? "" : ", hosts: " + hosts, origin.port());
  }
}
