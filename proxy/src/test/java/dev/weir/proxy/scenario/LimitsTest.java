package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a listener and a pool allow, and what happens with more.
class LimitsTest {
  private static final String UPLOAD =
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

  @TempDir private Path directory;
  private final int port = Ports.free();
  private RawOrigin origin;
  private ProxyProcess proxy;

  @BeforeEach
  void open() throws IOException {
    origin = RawOrigin.start();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    origin.close();
  }

  @Test
  void headsOverTheListenersLimitsAreRefused() throws Exception {
    start("http: {maxHeadSize: 1Ki, maxHeaders: 3}", "");
    assertEquals(200, exchange("X-A: " + "a".repeat(900)));
    assertEquals(431, refused("GET / HTTP/1.1\r\nHost: a\r\nX-A: " + "a".repeat(1100)));
    assertEquals(414, refused("GET /" + "a".repeat(1100)));
    assertEquals(431, refused("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n"));
    counted("head_too_large", 2);
    counted("target_too_long", 1);
  }

  @Test
  void aBodyOverTheListenersLimitGets413() throws Exception {
    start("http: {maxBodySize: 10}", "");
    assertEquals(413, refused("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"));
    assertTrue(origin.quiet(Duration.ofMillis(50)));
    try (var client = Wire.connect(port)) {
      client.send(UPLOAD + "6\r\n123456\r\n");
      var server = origin.accept();
      server.readHead();
      client.send("5\r\n12345\r\n");
      assertEquals(413, client.readResponse().status());
      client.expectClosed();
    }
    counted("body_too_large", 2);
  }

  @Test
  void aBodyThatDripsGets408() throws Exception {
    start("http: {minBodyRate: 100}", "");
    try (var client = Wire.connect(port)) {
      client.send(UPLOAD);
      origin.accept().readHead();
      client.patience(Duration.ofMillis(200));
      assertEquals(408, statusWhileDripping(client));
      counted("body_too_slow", 1);
    }
  }

  private static int statusWhileDripping(Wire client) throws IOException {
    for (int i = 0; i < 50; i++) {
      try {
        return client.send("1\r\na\r\n").readResponse().status();
      } catch (java.net.SocketTimeoutException notYet) {
        continue;
      }
    }
    throw new AssertionError("no response");
  }

  @Test
  void aRequestThatTakesTooLongAsAWholeGets504() throws Exception {
    start("timeouts: {request: 3s}", "");
    try (var client = Wire.connect(port)) {
      client.get("/");
      var server = origin.accept();
      server.readHead();
      assertEquals(504, client.readResponse().status());
      server.expectClosed();
      client.get("/");
      server = origin.accept();
      server.readHead();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun");
      assertEquals(200, client.readHead().status());
      client.expect("begun");
      client.expectClosed();
    }
    counted("request_deadline", 2);
  }

  @Test
  void aClientWithTooManyConnectionsIsClosedAndOthersCount() throws Exception {
    start("limits: {connectionsPerClient: 2}", "");
    try (var first = Wire.connect(port);
        var second = Wire.connect(port)) {
      answer(first);
      answer(second);
      try (var third = Wire.connect(port)) {
        third.expectClosed();
      }
      counted("client_connections", 1);
    }
    Await.until(
        "they are gone",
        () -> proxy.health("/metrics").lines().anyMatch("weir_connections 0"::equals));
    try (var again = Wire.connect(port)) {
      answer(again);
    }
  }

  @Test
  void aPoolTakesNoMoreThanItsTotalAtOnce() throws Exception {
    start("", "connections: {total: 1}, queue: {timeout: 5s}");
    try (var first = Wire.connect(port);
        var second = Wire.connect(port)) {
      first.get("/first");
      var server = origin.accept();
      server.readHead();
      second.get("/second");
      assertTrue(origin.quiet(Duration.ofMillis(200)));
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      assertEquals(200, first.readResponse().status());
      server.readHead();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      assertEquals(200, second.readResponse().status());
    }
  }

  @Test
  void anEndpointTakesNoMoreThanThePoolAllowsEach() throws Exception {
    start("", "connections: {perEndpoint: 1}, queue: {timeout: 300ms}");
    try (var first = Wire.connect(port);
        var second = Wire.connect(port)) {
      first.get("/first");
      origin.accept().readHead();
      second.get("/second");
      assertEquals(503, second.readResponse().status());
    }
    counted("queue_timeout", 1);
  }

  private void start(String listener, String pool) throws IOException {
    var file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                listener.isEmpty()
                    ? Yaml.listener("http", port)
                    : Yaml.listener("http", port, listener)),
            List.of(
                Yaml.pool(
                    "web",
                    List.of(Yaml.endpoint(origin.port())),
                    pool.isEmpty()
                        ? new String[] {Yaml.UNCHECKED}
                        : new String[] {Yaml.UNCHECKED, pool}))));
    proxy = ProxyProcess.config(file).loops(1).start();
  }

  private int exchange(String field) throws IOException {
    try (var client = Wire.connect(port)) {
      client.get("/", field);
      var server = origin.accept();
      server.readHead();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return client.readResponse().status();
    }
  }

  private void answer(Wire client) throws IOException {
    client.get("/", "Connection: keep-alive");
    var server = origin.accept();
    server.readHead();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assertEquals(200, client.readResponse().status());
  }

  private int refused(String bytes) throws IOException {
    try (var client = Wire.connect(port)) {
      return client.send(bytes).readResponse().status();
    }
  }

  private void counted(String failure, int times) {
    Await.until(
        failure + " is counted " + times + " times",
        () ->
            proxy
                .health("/metrics")
                .lines()
                .anyMatch(
                    line ->
                        line.startsWith("weir_")
                            && line.contains("failure=\"" + failure + "\"")
                            && line.contains("listener=")
                            && line.endsWith(" " + times)));
  }
}
