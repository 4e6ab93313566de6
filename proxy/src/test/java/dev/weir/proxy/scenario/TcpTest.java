package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The TCP relay: bytes as they are, ends as they come.
class TcpTest {
  private static Lanes lanes;

  @BeforeAll
  static void start() throws IOException {
    lanes = Lanes.start(6, List.of("protocol: TCP", "timeouts: {idle: 5s}"), List.of());
  }

  @AfterAll
  static void stop() throws IOException {
    lanes.close();
  }

  @Test
  void theServerMaySpeakFirst() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      lane.origin().accept().send("220 welcome\r\n");
      client.expect("220 welcome\r\n");
    }
  }

  @Test
  void theEndOfOneDirectionLeavesTheOtherOpen() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("question").endOutput();
      var origin = lane.origin().accept();
      assertEquals("question", origin.read(1000));
      origin.send("answer").endOutput();
      assertEquals("answer", client.read(1000));
    }
  }

  @Test
  void aResetOfTheClientReachesTheServer() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("x");
      var origin = lane.origin().accept();
      origin.expect("x");
      client.reset();
      origin.expectClosed();
    }
  }

  @Test
  void aResetOfTheServerReachesTheClient() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("x");
      var origin = lane.origin().accept();
      origin.expect("x");
      origin.reset();
      client.expectClosed();
    }
  }

  @Test
  void aResetAfterAHalfCloseLeavesNothingBehind() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("x").endOutput();
      var origin = lane.origin().accept();
      assertEquals("x", origin.read(10));
      client.reset();
      try {
        origin.send("late");
      } catch (SocketException faster) {
        // The reset has come through already.
      }
      origin.expectClosed();
      Await.until("no connection is left", () -> connections(lane.port()) == 0);
    }
  }

  @Test
  void silenceInBothDirectionsEndsTheRelay() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("x");
      var origin = lane.origin().accept();
      origin.expect("x");
      client.expectSilence(Duration.ofMillis(800));
      var last = System.nanoTime();
      origin.send("y");
      client.expect("y");
      client.expectClosed();
      var silent = Duration.ofNanos(System.nanoTime() - last);
      assertTrue(silent.toMillis() >= 4500, () -> "closed after " + silent);
      origin.expectClosed();
    }
  }

  @Test
  void connectionsAlternateAndADeadServerCostsNone(@TempDir Path directory) throws Exception {
    var port = Ports.free();
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2")) {
      var text =
          Yaml.loadBalancer(
              "web",
              List.of(Yaml.listener("tcp", port, "protocol: TCP")),
              List.of(Yaml.pool("web", Yaml.FAST, s1, s2)));
      var file = Files.writeString(directory.resolve("weir.yaml"), text);
      try (var proxy = ProxyProcess.config(file).start();
          var load = LoadClient.on(port);
          var refused = LoadClient.on(port)) {
        var first = LoadClient.fetch(port, "/");
        for (var i = 1; i < 20; i++) {
          assertEquals(i % 2 == 0, LoadClient.fetch(port, "/").equals(first), proxy::describe);
        }
        load.oneShot(2, "/", Duration.ofMillis(5));
        Await.until("load runs", () -> load.succeeded() > 20);
        // What waits in a queue to be accepted when the server stops is reset, as it must be.
        load.stopFlawless(20);
        s1.stopListening();
        refused.oneShot(2, "/", Duration.ofMillis(5));
        proxy.awaitHealth("default/web/web", s1.authority(), false);
        refused.stopFlawless(20);
        s2.kill();
        proxy.awaitHealth("default/web/web", s2.authority(), false);
        try (var client = Wire.connect(port)) {
          client.expectClosed();
        } catch (SocketException resetAtOnce) {
          assertTrue(proxy.alive());
        }
      }
    }
  }

  private static int connections(int port) throws IOException {
    for (var listener : lanes.proxy().state().path("listeners")) {
      if (listener.path("port").asInt() == port) {
        assertTrue(listener.path("bound").asBoolean());
        return listener.path("connections").asInt();
      }
    }
    return -1;
  }
}
