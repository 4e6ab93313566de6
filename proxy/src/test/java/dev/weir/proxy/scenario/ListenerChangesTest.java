package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.Gate;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.WebSocketClient;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Listeners that change under their connections: what stays possible goes on, what is gone ends
/// politely.
class ListenerChangesTest {
  /// What an idle client of a draining listener has for one more request, and a bit less.
  private static final Duration LAST_REQUEST = Duration.ofMillis(900);

  @TempDir Path directory;
  private final int port = Ports.free();
  private Origin s1;
  private Origin s2;
  private ProxyProcess proxy;

  @BeforeEach
  void start() throws IOException {
    s1 = Origin.start("s1");
    s2 = Origin.start("s2");
    apply("web", Yaml.listener("http", port), s1);
    proxy = ProxyProcess.config(directory).start();
  }

  @AfterEach
  void stop() throws IOException {
    try (var ended = proxy;
        var first = s1;
        var second = s2) {
      assertFalse(ended.logged("Exception"), ended::describe);
      assertTrue(first.port() != second.port());
    }
  }

  @Test
  void aListenerMayGetAnotherNameOrPoolWithoutLoss() throws Exception {
    try (var load = LoadClient.on(port);
        var socket = WebSocketClient.connect(port, "/ws")) {
      load.keepAlive(4, "/", Duration.ofMillis(2)).oneShot(2, "/", Duration.ofMillis(2));
      Await.until("load runs", () -> load.succeeded() > 50);

      change("renamed", Yaml.listener("renamed", port), s2);
      change("to another pool", Yaml.listener("renamed", port), s1);
      change("named back", Yaml.listener("http", port), s2);
      assertEquals("still here", socket.exchange("still here"));

      load.stopFlawless(50);
    }
  }

  @Test
  void aListenerMayListenOnMoreAddressesAndThoseWhoAreConnectedStay() throws Exception {
    try (var idle = Wire.connect(port);
        var client = Wire.connect(port);
        var socket = WebSocketClient.connect(port, "/ws")) {
      assertEquals("s1", idle.get("/").readResponse().body());
      assertEquals("s1", client.get("/").readResponse().body());
      client.send("GET / HTTP/1.1\r\n");
      long start = System.nanoTime();
      change("on all addresses", "{name: http, port: %d}".formatted(port), s2);
      idle.get("/");
      long late = System.nanoTime() - start;
      lastAnswer(client.send("Host: weir.test\r\n\r\n"));
      if (late < LAST_REQUEST.toNanos()) {
        lastAnswer(idle);
      }
      assertEquals("still here", socket.exchange("still here"));
      change("on one address again", Yaml.listener("http", port), s1);
      assertEquals("and now", socket.exchange("and now"));
    }
  }

  private static void lastAnswer(Wire client) throws IOException {
    var last = client.readResponse();
    assertEquals("s1", last.body(), "a drained connection keeps its configuration");
    assertTrue(last.head().lists("connection", "close"), last.toString());
  }

  @Test
  void anotherLoadBalancerMayTakeOverAPortInOneStep() throws Exception {
    try (var load = LoadClient.on(port)) {
      load.keepAlive(4, "/", Duration.ofMillis(2)).oneShot(2, "/", Duration.ofMillis(2));
      Await.until("load runs", () -> load.succeeded() > 50);
      apply("shop", Yaml.listener("http", port), s2);
      Await.until("the new owner serves", () -> LoadClient.fetch(port, "/").equals("s2"));
      load.stopFlawless(50);
    }
  }

  @Test
  void aKeptHttpConnectionSurvivesThatItsListenerBecomesTcp() throws Exception {
    try (var client = Wire.connect(port);
        var idle = Wire.connect(port)) {
      assertEquals("s1", client.get("/").readResponse().body());
      assertEquals("s1", idle.get("/").readResponse().body());
      var gate = new Gate();
      s1.handler(gate);
      client.get("/held");
      Await.until("under way", () -> s1.inFlight() == 1);
      var generation = proxy.state().path("generation").asInt();
      apply("web", Yaml.listener("http", port, "protocol: TCP"), s1);
      proxy.awaitState("TCP runs", s -> s.path("generation").asInt() > generation);
      gate.letGo();
      assertEquals("s1", client.readResponse().body());
      try (var relayed = Wire.connect(port)) {
        assertEquals("s1", relayed.get("/").readResponse().body());
        var head = relayed.get("/head").readResponse().body();
        assertFalse(head.toLowerCase().contains("x-forwarded-for"), head);
      }
      assertTrue(proxy.alive());
    }
  }

  @Test
  void aRemovedListenerFinishesItsRequestsAndClosesItsIdleConnections() throws Exception {
    var other = Ports.free();
    try (var busy = Wire.connect(port);
        var idle = Wire.connect(port);
        var tunnel = WebSocketClient.connect(port, "/ws")) {
      assertEquals("s1", idle.get("/").readResponse().body());
      assertEquals("a", tunnel.exchange("a"));
      var gate = new Gate();
      s1.handler(gate);
      busy.get("/held");
      Await.until("under way", () -> s1.requests() == 3);
      apply("web", Yaml.listener("http", other, "timeouts: {drain: 30s}"), s1);
      Await.until("the new port serves", () -> LoadClient.fetch(other, "/").equals("s1"));
      idle.expectClosed();
      var state =
          proxy.awaitState(
              "the old one drains",
              s ->
                  s.path("listeners")
                      .valueStream()
                      .anyMatch(
                          l -> l.path("port").asInt() == port && l.path("draining").asBoolean()));
      assertTrue(state.path("listeners").size() == 2, state::toString);
      gate.letGo();
      var response = busy.readResponse();
      assertEquals("s1", response.body());
      assertTrue(response.head().lists("connection", "close"), response.toString());
      assertEquals("b", tunnel.exchange("b"));
      tunnel.close();
      proxy.awaitState("the old one is gone", s -> s.path("listeners").size() == 1);
    }
  }

  @Test
  void whatADrainingListenerKeepsTooLongIsCut() throws Exception {
    var other = Ports.free();
    apply("web", Yaml.listener("http", port, "timeouts: {drain: 500ms}"), s2);
    Await.until("applied", () -> LoadClient.fetch(port, "/").equals("s2"));
    try (var tunnel = WebSocketClient.connect(port, "/ws")) {
      assertEquals("a", tunnel.exchange("a"));
      apply("web", Yaml.listener("http", other), s1);
      Await.until("the new port serves", () -> LoadClient.fetch(other, "/").equals("s1"));
      tunnel.wire().expectClosed();
    }
  }

  @Test
  void connectionsAboveTheLimitWaitInsteadOfFailing() throws Exception {
    apply("web", Yaml.listener("http", port, "limits: {connections: 2}"), s2);
    Await.until("applied", () -> LoadClient.fetch(port, "/").equals("s2"));
    proxy.awaitState(
        "nobody is connected", s -> s.path("listeners").path(0).path("connections").asInt(9) == 0);
    try (var first = Wire.connect(port);
        var second = Wire.connect(port)) {
      assertEquals("s2", first.get("/").readResponse().body());
      assertEquals("s2", second.get("/").readResponse().body());
      try (var third = Wire.connect(port)) {
        third.get("/").expectSilence(Duration.ofMillis(300));
        first.close();
        assertEquals("s2", third.readResponse().body());
      }
    }
  }

  private void change(String what, String listener, Origin to) throws IOException {
    apply("web", listener, to);
    Await.until(what, () -> LoadClient.fetch(port, "/").equals(to.name()));
  }

  private void apply(String name, String listener, Origin origin) throws IOException {
    var pool = Yaml.pool("pool-of-" + origin.name(), Yaml.FAST, origin);
    var text = Yaml.loadBalancer(name, List.of(listener), List.of(pool));
    ConfigFile.replace(directory.resolve("weir.yaml"), text);
  }
}
