package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Payload;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.UnixBridge;
import dev.weir.proxy.testkit.WebSocketClient;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Listeners and endpoints on unix sockets: as good as ports.
class UnixSocketTest {
  private static final int SIZE = 20_000_000;
  private static final String CLIENT =
      "requestHeaders: {set: [{name: X-Client, value: \"%{client.address}:%{client.port}\"}]}";
  private static final String TRUSTING =
      listener("trusting", "trusting.sock", "http: {forwarded: {trust: [0.0.0.0/0]}}");

  @TempDir static Path directory;

  private Origin origin;
  private UnixBridge app;
  private ProxyProcess proxy;

  @BeforeEach
  void start() throws IOException {
    origin = Origin.start("app");
    app = UnixBridge.from(socket("app.sock"), origin.port());
    apply(
        listener("web", "web.sock", CLIENT),
        listener("tcp", "tcp.sock", "protocol: TCP"),
        TRUSTING);
    proxy = ProxyProcess.config(directory.resolve("weir.yaml")).start();
  }

  @AfterEach
  void stop() throws IOException {
    try (var ended = proxy;
        var bridge = app;
        var server = origin) {
      assertFalse(ended.logged("Exception"), ended::describe);
      assertFalse(ended.logged("splice(2) cannot"), ended::describe);
      assertTrue(server.port() > 0 && bridge.open() >= 0);
    }
  }

  @Test
  void httpPassesInEveryWay() throws Exception {
    try (var bridge = UnixBridge.to(socket("web.sock"))) {
      try (var client = Wire.connect(bridge.port())) {
        for (var i = 0; i < 5; i++) {
          assertEquals("app", client.get("/").readResponse().body());
        }
        client.get("/bytes/" + SIZE);
        assertEquals(digest(), Payload.drain(client.responseBody(client.readHead())).digest());
        client.get("/chunked/" + SIZE);
        assertEquals(digest(), Payload.drain(client.responseBody(client.readHead())).digest());
        client.send("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: " + SIZE + "\r\n\r\n");
        Payload.write(client.output(), SIZE);
        assertTrue(client.readResponse("POST").body().contains(digest()));
        assertEquals("app", client.get("/").readResponse().body());
      }
      try (var tunnel = WebSocketClient.connect(bridge.port(), "/ws")) {
        assertEquals("hello", tunnel.exchange("hello"));
      }
      assertEquals("PONG", loadOn(bridge));
    }
    assertEquals("rw-rw----", mode("web.sock"));
    // Health checks, as many as there is time for, are not among them.
    var opened =
        proxy
            .health("/metrics")
            .lines()
            .filter(line -> line.startsWith("weir_endpoint_connections_total{"))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
            .sum();
    assertTrue(opened > 0 && opened < 200, () -> opened + " connections: they are not kept");
  }

  @Test
  void aClientWithoutAddressIsNotInvented() throws Exception {
    var mine = "X-Forwarded-For: 192.0.2.7";
    try (var bridge = UnixBridge.to(socket("web.sock"));
        var client = Wire.connect(bridge.port())) {
      var seen = client.get("/head", mine).readResponse().body();
      assertFalse(seen.contains("X-Forwarded-For"), seen);
      assertTrue(seen.contains("X-Forwarded-Proto: http"), seen);
      assertTrue(seen.contains("X-Client: unix:0"), seen);
      client.send("GET /head HTTP/1.0\r\n\r\n");
      var old = client.readResponse().body();
      assertTrue(old.contains("Host: localhost"), old);
    }
    try (var bridge = UnixBridge.to(socket("trusting.sock"));
        var client = Wire.connect(bridge.port())) {
      var seen = client.get("/head", mine).readResponse().body();
      assertTrue(seen.contains(mine), seen);
    }
    var line = accessLine("/head");
    assertTrue(line.contains("\"client\":\"unix\",\"clientPort\":0"), line);
    assertTrue(line.contains("\"endpoint\":\"unix:" + socket("app.sock") + "\""), line);
    var state = proxy.state();
    var web = state.path("listeners").path(0);
    assertEquals("unix:" + socket("web.sock"), web.path("address").asText(), state.toString());
    assertTrue(web.path("port").isMissingNode());
    var metrics = proxy.health("/metrics");
    assertTrue(metrics.contains("endpoint=\"unix:" + socket("app.sock") + "\""), metrics);
  }

  @Test
  void aRelayMovesMuchAndKeepsEndsApart() throws Exception {
    try (var bridge = UnixBridge.to(socket("tcp.sock"));
        var client = Wire.connect(bridge.port())) {
      client.get("/bytes/" + 4 * SIZE, "Connection: close");
      var head = client.readHead();
      assertEquals(Payload.digest(4L * SIZE), Payload.drain(client.responseBody(head)).digest());
      client.expectClosed();
    }
    try (var bridge = UnixBridge.to(socket("tcp.sock"));
        var client = Wire.connect(bridge.port())) {
      client.send("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: " + SIZE + "\r\n\r\n");
      Payload.write(client.output(), SIZE);
      client.endOutput();
      assertTrue(client.readResponse("POST").body().contains(digest()));
    }
  }

  @Test
  void aDeadEndpointIsNoticedAndComesBack() throws Exception {
    var dead = "unix:" + socket("app.sock");
    try (var other = Origin.start("other");
        var second = UnixBridge.from(socket("other.sock"), other.port())) {
      apply(List.of("app.sock", "other.sock"), "http: {path: /}", listener("web", "web.sock"));
      proxy.awaitHealth("default/web/web", "unix:" + socket("other.sock"), true);
      try (var bridge = UnixBridge.to(socket("web.sock"));
          var load = LoadClient.on(bridge.port())) {
        load.oneShot(2, "/", Duration.ofMillis(2));
        Await.until(
            "both serve", () -> load.report().bodies().size() == 2 && load.succeeded() > 10);
        load.stopFlawless(10);
        app.close();
        proxy.awaitHealth("default/web/web", dead, false);
        var entry = proxy.endpoint("default/web/web", dead);
        assertEquals(
            "HealthCheckFailed: connection refused (L4CON)", entry.path("reason").asText());
        for (var i = 0; i < 4; i++) {
          assertEquals("other", LoadClient.fetch(bridge.port(), "/"));
        }
        app = UnixBridge.from(socket("app.sock"), origin.port());
        proxy.awaitHealth("default/web/web", dead, true);
        Await.until("it serves", () -> LoadClient.fetch(bridge.port(), "/").equals("app"));
      }
      assertTrue(second.open() >= 0);
    }
  }

  @Test
  void listenersComeAndGoUnderTraffic() throws Exception {
    var web = listener("web", "web.sock");
    var more = listener("more", "more.sock");
    apply(web);
    try (var bridge = UnixBridge.to(socket("web.sock"));
        var load = LoadClient.on(bridge.port());
        var tunnel = WebSocketClient.connect(bridge.port(), "/ws")) {
      load.keepAlive(4, "/", Duration.ofMillis(2)).oneShot(2, "/", Duration.ofMillis(2));
      Await.until("load runs", () -> load.succeeded() > 50);
      for (var i = 0; i < 3; i++) {
        apply(web, more);
        Await.until("it is there", () -> Files.exists(socket("more.sock")));
        try (var added = UnixBridge.to(socket("more.sock"))) {
          Await.until("it serves", () -> LoadClient.fetch(added.port(), "/").equals("app"));
          try (var slow = Wire.connect(added.port())) {
            var begun = slow.get("/slow/200000/400").readHead();
            apply(web);
            Await.until("it is gone", () -> !Files.exists(socket("more.sock")));
            assertEquals(200_000, Payload.drain(slow.responseBody(begun)).bytes());
          }
        }
      }
      assertEquals("still here", tunnel.exchange("still here"));
      load.stopFlawless(50);
    }
  }

  @Test
  void whatIsInTheWayIsNamedAndOtherListenersGoOn() throws Exception {
    var file = Files.writeString(directory.resolve("file"), "mine");
    Files.deleteIfExists(socket("left.sock"));
    UnixBridge.from(socket("left.sock"), origin.port()).close();
    assertTrue(Files.exists(socket("left.sock")), "as a dead process leaves it");
    try (var busy = UnixBridge.from(socket("busy.sock"), origin.port())) {
      apply(
          listener("web", "web.sock"),
          listener("busy", "busy.sock"),
          listener("file", "file"),
          listener("left", "left.sock"),
          listener("lost", "no/where.sock"));
      proxy.awaitLogged("busy.sock is in use by another process");
      proxy.awaitLogged("file is there and is not a socket");
      proxy.awaitLogged("there is no directory " + directory.resolve("no"));
      for (var name : List.of("web.sock", "left.sock")) {
        try (var bridge = UnixBridge.to(socket(name))) {
          Await.until("it serves", () -> LoadClient.fetch(bridge.port(), "/").equals("app"));
        }
      }
      assertEquals(503, proxy.healthStatus("/ready"));
      assertEquals("mine", Files.readString(file));
      busy.close();
      Files.delete(file);
      Files.createDirectories(directory.resolve("no"));
      proxy.awaitLogged("listening on unix:" + socket("busy.sock") + " now");
      proxy.awaitLogged("listening on unix:" + file + " now");
      proxy.awaitLogged("listening on unix:" + socket("no/where.sock") + " now");
      Await.until("ready", () -> proxy.healthStatus("/ready") == 200);
    }
  }

  @Test
  void theFileGoesWhenTheProcessIsToldToStopAndWhoIsServedIsServedToTheEnd() throws Exception {
    try (var bridge = UnixBridge.to(socket("web.sock"));
        var slow = Wire.connect(bridge.port())) {
      var goOn = new CountDownLatch(1);
      origin.handler(
          call -> {
            var out = call.begin(200, 1000);
            Payload.write(out, 500);
            goOn.await();
            Payload.write(out, 500);
          });
      var head = slow.get("/").readHead();
      proxy.signal("TERM");
      Await.until("the file is gone", () -> !Files.exists(socket("web.sock")));
      goOn.countDown();
      assertEquals(1000, Payload.drain(slow.responseBody(head)).bytes());
      assertEquals(0, proxy.awaitExit(Duration.ofSeconds(10)));
    }
  }

  @Test
  void withoutEpollTheyWorkToo() throws Exception {
    var file = directory.resolve("nio.yaml");
    var text = Files.readString(directory.resolve("weir.yaml"));
    ConfigFile.replace(file, text.replaceAll("(web|tcp|trusting)\\.sock", "$1.nio"));
    try (var nio = ProxyProcess.config(file).jvm("-Dio.netty.transport.noNative=true").start();
        var http = UnixBridge.to(socket("web.nio"));
        var tcp = UnixBridge.to(socket("tcp.nio"))) {
      nio.awaitLogged("epoll cannot be used");
      for (var bridge : List.of(http, tcp)) {
        try (var client = Wire.connect(bridge.port())) {
          client.get("/bytes/" + SIZE);
          assertEquals(digest(), Payload.drain(client.responseBody(client.readHead())).digest());
          assertEquals("app", client.get("/").readResponse().body());
        }
      }
      nio.awaitHealth("default/web/web", "unix:" + socket("app.sock"), true);
      assertFalse(nio.logged("Unknown channel option"), nio::describe);
    }
  }

  @Test
  void curlSpeaksWithIt() throws Exception {
    Needs.that(Files.isExecutable(Path.of("/usr/bin/curl")), "curl is not installed");
    var curl =
        new ProcessBuilder(
                "curl",
                "-sS",
                "--unix-socket",
                socket("web.sock").toString(),
                "http://app/echo",
                "--data-binary",
                "over a socket")
            .redirectErrorStream(true)
            .start();
    curl.getOutputStream().close();
    var said = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals("over a socket", said);
    assertEquals(0, curl.waitFor());
  }

  private static String loadOn(UnixBridge bridge) throws Exception {
    try (var load = LoadClient.on(bridge.port()).posting("PONG")) {
      load.keepAlive(8, "/echo", Duration.ZERO).oneShot(4, "/echo", Duration.ofMillis(1));
      Await.until("load runs", () -> load.succeeded() > 500);
      load.stopFlawless(500);
      assertNull(load.report().bodies().get(""));
      return String.join("", load.report().bodies().keySet());
    }
  }

  private String accessLine(String part) {
    return Await.value(
        "a line with " + part,
        Duration.ofSeconds(10),
        () ->
            Files.readAllLines(proxy.accessLog()).stream()
                .filter(line -> line.contains(part))
                .findFirst()
                .orElse(null));
  }

  private static String digest() throws IOException {
    return Payload.digest(SIZE);
  }

  private static String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(socket(name)));
  }

  private static Path socket(String name) {
    return directory.resolve(name);
  }

  private static String listener(String name, String socket, String... more) {
    var fields = more.length == 0 ? "" : ", " + String.join(", ", more);
    return "{name: %s, address: \"unix:%s\"%s}".formatted(name, "@DIR@/" + socket, fields);
  }

  private static void apply(String... listeners) throws IOException {
    apply(List.of("app.sock"), "tcp: {}", listeners);
  }

  private static void apply(List<String> endpoints, String probe, String... listeners)
      throws IOException {
    var addresses =
        endpoints.stream().map(name -> "{address: \"unix:@DIR@/%s\"}".formatted(name)).toList();
    var pool =
        Yaml.pool(
            "web",
            addresses,
            "health: {interval: 100ms, rise: 2, fall: 2, %s}".formatted(probe),
            "timeouts: {keepAlive: 5s}");
    var text =
        Yaml.loadBalancer("web", List.of(listeners), List.of(pool))
            .replace("@DIR@", directory.toString());
    ConfigFile.replace(directory.resolve("weir.yaml"), text);
  }
}
