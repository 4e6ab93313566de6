package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Gate;
import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.WebSocketClient;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The end of a process as Kubernetes and Docker bring it about.
class ShutdownTest {
  private static final int WINDOW_SIZE = 4;
  private static final int WINDOW = 16 << 20;

  @TempDir Path directory;
  private final int port = Ports.free();

  @Test
  void readinessFailsFirstThenRequestsFinishThenTheProcessEnds() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(origin, "--drain-delay", "6s", "--drain-timeout", "20s");
        var busy = Wire.connect(port);
        var idle = Wire.connect(port)) {
      var gate = new Gate();
      origin.handler(gate);
      idle.get("/").readResponse();
      busy.get("/held");
      Await.until("under way", () -> origin.inFlight() == 1);
      assertEquals(200, proxy.healthStatus("/ready"));

      proxy.signal("TERM");

      Await.until("not ready", () -> proxy.healthStatus("/ready") == 503);
      assertEquals("s1", LoadClient.fetch(port, "/"), "accepts while the delay lasts");
      Await.until("accepts nothing more", () -> refuses(port));
      gate.letGo();
      var response = busy.readResponse();
      assertEquals("s1", response.body());
      assertTrue(response.head().lists("connection", "close"), response.toString());
      busy.expectClosed();
      idle.expectClosed();
      assertEquals(0, proxy.awaitExit(Duration.ofSeconds(10)), proxy::describe);
    }
  }

  @Test
  void loadThatFollowsReadinessLosesNothing() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(origin, "--drain-delay", "8s");
        var load = LoadClient.on(port)) {
      load.keepAlive(4, "/", Duration.ofMillis(2)).oneShot(2, "/", Duration.ofMillis(2));
      Await.until("load runs", () -> load.succeeded() > 100);
      proxy.signal("TERM");
      Await.until("not ready", () -> proxy.healthStatus("/ready") == 503);
      var served = load.succeeded();
      Await.until("still served", () -> load.succeeded() > served + 20);
      load.stopFlawless(100);
      assertEquals(0, proxy.awaitExit(Duration.ofSeconds(20)), proxy::describe);
    }
  }

  /// Of so many sizes that with some the whole response waits in the proxy when the draining
  /// begins.
  @Test
  void slowClientsGetTheirResponsesWholeOverHttp2() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(origin, "--drain-timeout", "60s")) {
      origin.handler(
          call -> call.reply(200, "x".repeat(Integer.parseInt(call.path().substring(1)))));
      var crowd = new LinkedHashMap<Http2Client, Integer>();
      try {
        for (int size = 48 << 10; size < 5 << 20; size += 48 << 10) {
          var client = Http2Client.over(Wire.connect(port, 4096), WINDOW_SIZE, WINDOW);
          client.window(0, WINDOW).get(1, "/" + size);
          crowd.put(client, size);
        }
        int all = crowd.size();
        Await.until("all are asked for", () -> origin.requests() == all);
        proxy.signal("TERM");
        long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
        Await.until("others would be gone", () -> System.nanoTime() > end);
        for (var one : crowd.entrySet()) {
          assertEquals(one.getValue(), body(one.getKey()));
        }
      } finally {
        for (Http2Client client : crowd.keySet()) {
          client.close();
        }
      }
      assertEquals(0, proxy.awaitExit(Duration.ofSeconds(10)), proxy::describe);
    }
  }

  /// How long a body is that comes to its end.
  private static int body(Http2Client client) throws IOException {
    int length = 0;
    while (true) {
      Http2Client.Frame frame = client.next();
      length += frame.type() == Http2Client.DATA ? frame.payload().length : 0;
      if (frame.ends()) {
        return length;
      }
    }
  }

  @Test
  void whatDoesNotFinishInTimeIsCutAndTheProcessEndsCleanly() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(origin, "--drain-timeout", "5s");
        var socket = WebSocketClient.connect(port, "/ws")) {
      assertEquals("a", socket.exchange("a"));
      proxy.signal("TERM");
      Await.until("accepts nothing more", () -> refuses(port));
      assertEquals("b", socket.exchange("b"), "tunnels live on while draining");
      assertEquals(0, proxy.awaitExit(Duration.ofSeconds(15)), proxy::describe);
      assertThrows(IOException.class, () -> socket.exchange("c"));
    }
  }

  @Test
  void anIdleProxyEndsAtOnce() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(origin)) {
      proxy.signal("TERM");
      assertEquals(0, proxy.awaitExit(Duration.ofSeconds(15)), proxy::describe);
    }
  }

  private ProxyProcess start(Origin origin, String... flags) throws IOException {
    var file = Files.writeString(directory.resolve("weir.yaml"), Yaml.web(port, origin));
    return ProxyProcess.config(file).flags(flags).start();
  }

  private static boolean refuses(int port) {
    try (var wire = Wire.connect(port)) {
      return !wire.socket().isConnected();
    } catch (IOException e) {
      return true;
    }
  }
}
