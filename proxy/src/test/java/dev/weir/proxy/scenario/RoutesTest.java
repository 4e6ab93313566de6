package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Routes from the manifest to the endpoint that answers.
class RoutesTest {
  @TempDir Path directory;
  private final int port = Ports.free();

  private static Origin named(String name) throws IOException {
    return Origin.start(name, call -> call.reply(200, name));
  }

  private static Wire.Response get(Wire wire, String host, String target) throws IOException {
    return wire.send("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(target, host)).readResponse();
  }

  private static void answers(Wire wire, String host, String target, String who)
      throws IOException {
    var response = get(wire, host, target);
    assertEquals(200, response.status());
    assertEquals(who, response.body(), host + target);
  }

  private static void elsewhere(Wire wire, String host, String target, int status, String location)
      throws IOException {
    var response = get(wire, host, target);
    assertEquals(status, response.status());
    assertEquals(location, response.head().first("Location"));
    assertEquals("", response.body());
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    try (var web = named("web");
        var api = named("api");
        var next = named("next")) {
      var file = directory.resolve("routes.yaml");
      Files.writeString(
          file,
          Files.readString(Path.of("../examples/routes.yaml"))
              .replace("port: 80\n", "port: " + port + "\n      address: 127.0.0.1\n")
              .replace("192.168.1.100, port: 80", "127.0.0.1, port: " + web.port())
              .replace("192.168.1.110, port: 8080", "127.0.0.1, port: " + api.port())
              .replace("192.168.1.120, port: 8080", "127.0.0.1, port: " + next.port()));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        answers(wire, "shop.example.com", "/", "web");
        answers(wire, "SHOP.example.com:8080", "/apix?/api", "web");
        answers(wire, "x.shop.example.com", "/status", "web");
        answers(wire, "nobody.test", "/status?x", "web");
        assertEquals("no-store", get(wire, "nobody.test", "/status").head().first("Cache-Control"));
        assertNull(get(wire, "shop.example.com", "/").head().first("Cache-Control"));
        assertEquals(404, get(wire, "x.shop.example.com", "/").status());
        assertEquals(404, get(wire, "nobody.test", "/").status());
        elsewhere(
            wire,
            "shop.example.com",
            "/v1/items?a=b",
            308,
            "http://shop.example.com/api/items?a=b");
        elsewhere(wire, "example.com:8080", "/x?y", 301, "https://shop.example.com/x?y");
        shares(wire);
        assertTrue(next.requests() > 0 && api.requests() > next.requests());
        var metrics = proxy.health("/metrics");
        assertTrue(metrics.contains("failure=\"no_route\"} 2"), metrics);
      }
    }
  }

  /// Of 400 requests, 20 are wanted at the smaller backend: 2 to 50 is beyond all doubt.
  private static void shares(Wire wire) throws IOException {
    int next = 0;
    for (int i = 0; i < 400; i++) {
      next += get(wire, "a.shop.example.com", "/api/" + i).body().equals("next") ? 1 : 0;
    }
    assertTrue(next >= 2 && next <= 50, "requests at api-next: " + next);
  }

  @Test
  void aRedirectIsAnsweredHereAndLoggedAndKeepsTheConnection() throws Exception {
    try (var origin = named("web")) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(
          file,
          manifest(
              "- {name: away, hosts: [a.test], redirect: {scheme: https, status: 308}}", origin));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        elsewhere(wire, "a.test", "/x", 308, "https://a.test/x");
        var head =
            wire.send("HEAD /y?z HTTP/1.1\r\nHost: a.test\r\n\r\n").readResponse("HEAD").head();
        assertEquals("https://a.test/y?z", head.first("Location"));
        assertEquals("0", head.first("Content-Length"));
        wire.send("GET /1 HTTP/1.1\r\nHost: a.test\r\n\r\nGET /2 HTTP/1.1\r\nHost: a.test\r\n\r\n");
        assertEquals("https://a.test/1", wire.readResponse().head().first("Location"));
        assertEquals("https://a.test/2", wire.readResponse().head().first("Location"));
        assertEquals(404, get(wire, "b.test", "/").status());
        assertEquals(0, origin.requests());
        Await.until("lines", () -> Files.readAllLines(proxy.accessLog()).size() >= 5);
        var line = logged(proxy).getFirst();
        assertEquals(308, line.path("status").asInt());
        assertEquals("LR", line.path("termination").asText());
        assertTrue(line.path("pool").isMissingNode() && line.path("failure").isMissingNode());
        assertTrue(proxy.health("/metrics").contains("code=\"3xx\"} 4"), () -> metrics(proxy));
        wire.send(
            "POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\n");
        assertEquals("close", wire.readResponse().head().first("Connection"));
      }
    }
  }

  private static String metrics(ProxyProcess proxy) {
    try {
      return proxy.health("/metrics");
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static List<JsonNode> logged(ProxyProcess proxy) throws IOException {
    var lines = new ArrayList<JsonNode>();
    for (var line : Files.readAllLines(proxy.accessLog())) {
      lines.add(new JsonMapper().readTree(line));
    }
    return lines;
  }

  @Test
  void aLocationNeedsAHostThatIsKnown() throws Exception {
    try (var origin = named("web")) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(file, manifest("- {name: away, redirect: {scheme: https}}", origin));
      try (var proxy = ProxyProcess.config(file).start()) {
        try (var wire = Wire.connect(port)) {
          assertEquals(400, wire.send("GET / HTTP/1.0\r\n\r\n").readResponse().status());
        }
        try (var wire = Wire.connect(port)) {
          elsewhere(wire, "a.test", "//b.test/", 302, "https://a.test//b.test/");
        }
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void routesChangeUnderAnOpenConnection() throws Exception {
    try (var web = named("web");
        var api = named("api")) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(file, manifest("- {name: r, backends: [{pool: web}]}", web, api));
      try (var proxy = ProxyProcess.config(file).start();
          var wire = Wire.connect(port)) {
        answers(wire, "a.test", "/x", "web");
        change(
            proxy,
            file,
            manifest(
                "- {name: r, backends: [{pool: web}]}\n    "
                    + "- {name: s, matches: [{path: {prefix: /x}}], backends: [{pool: api}]}",
                web,
                api));
        answers(wire, "a.test", "/x", "api");
        answers(wire, "a.test", "/", "web");
        change(
            proxy,
            file,
            manifest(
                "- {name: r, backends: [{pool: web, weight: 0}, {pool: api, weight: 0}]}",
                web,
                api));
        assertEquals(503, get(wire, "a.test", "/").status());
      }
    }
  }

  private static void change(ProxyProcess proxy, Path file, String text) throws Exception {
    int before = proxy.state().path("generation").asInt();
    ConfigFile.replace(file, text);
    proxy.awaitState("the next one", state -> state.path("generation").asInt() > before);
  }

  private String manifest(String routes, Origin... origins) {
    var pools =
        Arrays.stream(origins)
            .map(origin -> Yaml.pool(origin.name(), Yaml.UNCHECKED, origin))
            .toList();
    return Yaml.loadBalancer("web", List.of(Yaml.listener("http", port)), pools)
        + "  routes:\n    "
        + routes
        + "\n";
  }
}
