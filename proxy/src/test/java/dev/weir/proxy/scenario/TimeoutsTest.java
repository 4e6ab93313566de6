package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Peers that are slow, silent or gone: each gets its deadline and each client a status that says
/// which.
class TimeoutsTest {
  private static Lanes lanes;

  @BeforeAll
  static void start() throws IOException {
    lanes =
        Lanes.start(
            12,
            List.of("timeouts: {header: 3s, keepAlive: 1s, idle: 1s}"),
            List.of("timeouts: {connect: 1s, response: 4s, idle: 4s}"));
  }

  @AfterAll
  static void stop() throws IOException {
    lanes.close();
  }

  @Test
  void aHeadThatDoesNotComeGets408() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("GET / HTTP/1.1\r\nHost:");
      var response = client.readResponse();
      assertEquals(408, response.status());
      assertShort(response);
      client.expectClosed();
      assertTrue(lane.origin().quiet(Duration.ofMillis(50)));
    }
  }

  @Test
  void drippingBytesDoNotExtendTheHeadsDeadline() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("GET / HTTP/1.1\r\nX-A: ");
      client.patience(Duration.ofMillis(100));
      for (var i = 0; i < 300; i++) {
        try {
          assertEquals(408, client.send("a").readResponse().status());
          return;
        } catch (java.net.SocketTimeoutException notYet) {
          continue;
        }
      }
      throw new AssertionError("no 408");
    }
  }

  @Test
  void aBodyThatDoesNotComeGets408() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
      var origin = lane.origin().accept();
      origin.readHead();
      assertEquals(408, client.readResponse().status());
      client.expectClosed();
      origin.expect("half");
      origin.expectClosed();
    }
  }

  @Test
  void anIdleConnectionIsClosedWithoutAWord() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      var answered = System.nanoTime();
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      assertEquals(200, client.readResponse().status());
      client.expectClosed();
      var idle = Duration.ofNanos(System.nanoTime() - answered);
      assertTrue(idle.toMillis() >= 800, () -> "closed after " + idle);
    }
  }

  @Test
  void anOriginThatDoesNotAnswerGives504() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      var response = client.readResponse();
      assertEquals(504, response.status());
      assertShort(response);
      origin.expectClosed();
    }
  }

  @Test
  void aBodyThatStopsComingIsCut() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
      client.readHead();
      client.expect("half").expectClosed();
      origin.expectClosed();
    }
  }

  @Test
  void anOriginThatAnswersNonsenseGives502() throws Exception {
    for (var nonsense :
        List.of(
            "",
            "hello\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX-A: " + "a".repeat(100_000) + "\r\n\r\n")) {
      var lane = lanes.next();
      try (var client = lane.client()) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        var origin = lane.origin().accept();
        origin.readHead();
        origin.send(nonsense);
        if (nonsense.isEmpty()) {
          origin.close();
        }
        var response = client.readResponse();
        assertEquals(
            502, response.status(), nonsense.substring(0, Math.min(80, nonsense.length())));
        assertShort(response);
      }
    }
  }

  @Test
  void noUsableEndpointGives503(@TempDir Path directory) throws Exception {
    var port = Ports.free();
    var dead = Ports.free();
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", port)),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(dead)), Yaml.FAST)));
    var file = Files.writeString(directory.resolve("weir.yaml"), text);
    try (var proxy = ProxyProcess.config(file).start()) {
      assertEquals(503, ask(port).status(), "refused");
      proxy.awaitHealth("default/web/web", "127.0.0.1:" + dead, false);
      var response = ask(port);
      assertEquals(503, response.status(), "down");
      assertShort(response);
    }
  }

  @Test
  void aConnectThatHangsGivesUpInTimeOrTakesAnotherEndpoint(@TempDir Path directory)
      throws Exception {
    var alone = Ports.free();
    var both = Ports.free();
    try (var hole = new BlackHole();
        var origin = Origin.start("s1")) {
      var text =
          Yaml.loadBalancer(
              "web",
              List.of(
                  Yaml.listener("alone", alone, "defaultPool: alone"),
                  Yaml.listener("both", both, "defaultPool: both")),
              List.of(
                  hanging("alone", Yaml.endpoint(hole.port())),
                  hanging("both", Yaml.endpoint(hole.port()), Yaml.endpoint(origin.port()))));
      var file = Files.writeString(directory.resolve("weir.yaml"), text);
      try (var proxy = ProxyProcess.config(file).start()) {
        var start = System.nanoTime();
        assertTrue(Set.of(503, 504).contains(ask(alone).status()), proxy::describe);
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(5).toNanos());
        for (var i = 0; i < 4; i++) {
          assertEquals("s1", ask(both).body());
        }
      }
    }
  }

  private static String hanging(String name, String... endpoints) {
    return Yaml.pool(
        name, List.of(endpoints), Yaml.UNCHECKED, "timeouts: {connect: 200ms, response: 3s}");
  }

  private static Wire.Response ask(int port) throws IOException {
    try (var client = Wire.connect(port)) {
      return client.get("/", "Connection: close").readResponse();
    }
  }

  private static void assertShort(Wire.Response response) {
    assertTrue(response.body().length() < 300 && !response.body().isBlank(), response.body());
    var type = response.head().first("content-type");
    assertTrue(type != null && type.startsWith("text/plain"), () -> "content type " + type);
  }

  /// A port whose backlog is full: the kernel drops every further connect.
  private static final class BlackHole implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket();
    private final List<Socket> filling = new ArrayList<>();

    BlackHole() throws IOException {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()), 1);
      while (true) {
        var socket = new Socket();
        filling.add(socket);
        try {
          socket.connect(listening.getLocalSocketAddress(), 200);
        } catch (java.net.SocketTimeoutException full) {
          return;
        }
      }
    }

    int port() {
      return listening.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      listening.close();
      for (var socket : filling) {
        socket.close();
      }
    }
  }
}
