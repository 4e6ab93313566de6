package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an operator reads: readiness, metrics, state, access logs.
class AdminTest {
  private static final Pattern SAMPLE =
      Pattern.compile(
          "[a-zA-Z_:][a-zA-Z0-9_:]*(\\{([a-zA-Z_][a-zA-Z0-9_]*=\"[^\"\\\\]*\",?)*})? -?[0-9.eE+]+");

  private static final Pattern HTTPLOG =
      Pattern.compile(
          "127\\.0\\.0\\.1:\\d+ \\[\\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d\\.\\d{3}] \\S+ \\S+/\\S+"
              + " -?\\d+/-?\\d+/-?\\d+/-?\\d+/\\+?\\d+ \\d{3} \\d+ - - [-A-Za-z]{4}"
              + " \\d+/\\d+/\\d+/\\d+/\\+?\\d+ \\d+/\\d+ \"GET /logged HTTP/1.1\"");
  @TempDir Path directory;
  private final int port = Ports.free();

  @Test
  void healthPortSaysReadyAndAliveAndNothingElse() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(Yaml.web(port, origin))) {
      assertEquals(200, proxy.healthStatus("/ready"));
      assertEquals(200, proxy.healthStatus("/live"));
      assertEquals(404, proxy.healthStatus("/state"));
      assertEquals(404, proxy.healthStatus("/"));
    }
  }

  @Test
  void notReadyWhileASocketIsNotBound() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(Yaml.web(port, origin))) {
      var text =
          Yaml.loadBalancer(
              "web",
              List.of(Yaml.listener("http", port), Yaml.listener("taken", origin.port())),
              List.of(Yaml.pool("web", Yaml.FAST, origin)));
      Files.writeString(directory.resolve("weir.yaml"), text);
      Await.until("not ready", () -> proxy.healthStatus("/ready") == 503);
      assertEquals(200, proxy.healthStatus("/live"));
      Files.writeString(directory.resolve("weir.yaml"), Yaml.web(port, origin));
      Await.until("ready", () -> proxy.healthStatus("/ready") == 200);
    }
  }

  @Test
  void metricsAreWellFormedAndCountWhatHappened() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(Yaml.web(port, origin))) {
      for (var i = 0; i < 7; i++) {
        LoadClient.fetch(port, "/");
      }
      LoadClient.status(port, "/status/500");
      var text = proxy.health("/metrics");
      var seen = new HashSet<String>();
      for (var line : text.lines().toList()) {
        if (line.startsWith("#") || line.isEmpty()) {
          continue;
        }
        assertTrue(SAMPLE.matcher(line).matches(), line);
        assertTrue(seen.add(line.substring(0, line.lastIndexOf(' '))), "twice: " + line);
      }
      assertTrue(
          text.lines().anyMatch(l -> l.startsWith("weir_") && l.endsWith(" 7")),
          "7 x 200: " + text);
      assertTrue(text.contains("# TYPE weir_"), text);
    }
  }

  @Test
  void stateHasItsShape() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(Yaml.web(port, origin));
        var client = Wire.connect(port)) {
      client.get("/").readResponse();
      var state = proxy.state();
      var names = new ArrayList<String>();
      state.fieldNames().forEachRemaining(names::add);
      assertTrue(
          names.containsAll(
              List.of(
                  "generation",
                  "version",
                  "digest",
                  "stale",
                  "applied",
                  "refused",
                  "rejected",
                  "listeners",
                  "pools")),
          state::toString);
      assertEquals(64, state.path("digest").asText().length());
      assertEquals(false, state.path("stale").asBoolean(true));
      var listener = state.path("listeners").path(0);
      assertEquals("default/web", listener.path("loadBalancer").asText());
      assertEquals("http", listener.path("name").asText());
      assertEquals(port, listener.path("port").asInt());
      assertEquals(true, listener.path("bound").asBoolean());
      assertEquals(1, listener.path("connections").asInt());
      var endpoint = state.path("pools").path(0).path("endpoints").path(0);
      assertEquals(origin.authority(), endpoint.path("endpoint").asText());
      assertEquals("Ready", endpoint.path("state").asText());
      assertEquals(true, endpoint.path("healthy").asBoolean());
    }
  }

  @Test
  void theAccessLogIsOneJsonObjectALine() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(Yaml.web(port, origin))) {
      LoadClient.fetch(port, "/a%22b?x=\"q\"");
      try (var client = Wire.connect(port)) {
        client.send("nonsense\r\n\r\n").readResponse();
      }
      Wire.connect(port).close();
      var lines = lines(proxy, 2);
      var json = new ObjectMapper();
      var statuses = new ArrayList<Integer>();
      for (var line : lines) {
        var entry = json.readTree(line);
        statuses.add(entry.path("status").asInt());
        assertTrue(entry.toString().contains("127.0.0.1"), line);
      }
      assertEquals(Set.of(200, 400), new HashSet<>(statuses));
      assertTrue(lines.getFirst().contains("default/web") || lines.getFirst().contains("web"));
    }
  }

  @Test
  void theHttplogFormatIsThatOfHaproxy() throws Exception {
    var text =
        Yaml.web(port)
            .replace("address: 127.0.0.1}", "address: 127.0.0.1, accessLog: {format: HTTPLog}}");
    try (var origin = Origin.start("s1");
        var proxy =
            start(
                text.replace(
                    "endpoints: []", "endpoints: [" + Yaml.endpoint(origin.port()) + "]"))) {
      LoadClient.fetch(port, "/logged");
      var line = lines(proxy, 1).getFirst();
      assertTrue(HTTPLOG.matcher(line).find(), line);
    }
  }

  private ProxyProcess start(String text) throws IOException {
    return ProxyProcess.config(Files.writeString(directory.resolve("weir.yaml"), text)).start();
  }

  private static List<String> lines(ProxyProcess proxy, int count) {
    Await.until(count + " lines", () -> Files.readAllLines(proxy.accessLog()).size() >= count);
    try {
      return Files.readAllLines(proxy.accessLog());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
