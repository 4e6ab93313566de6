package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Bystanders;
import dev.weir.proxy.testkit.Crowd;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Crowds of slow and hostile peers: each is ended by the deadline that is meant for it, the memory
/// they cost stays within what docs/reference/limits.md says, and others are served meanwhile by
/// the same listener.
class SlowPeersTest {
  private static final int KIB = 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// What docs/reference/limits.md promises, in bytes.
  private static final int PER_IDLE_CONNECTION = 4 * KIB;

  private static final int PER_STALLED_DIRECTION = 192 * KIB;

  @TempDir private static Path directory;
  private static int port;
  private static int tunnels;
  private static int readers;
  private static Origin origin;
  private static RawOrigin pusher;
  private static ProxyProcess proxy;
  private static final CountDownLatch over = new CountDownLatch(1);
  private static final AtomicInteger downloads = new AtomicInteger();
  private Bystanders others;

  @BeforeAll
  static void start() throws Exception {
    port = Ports.free();
    tunnels = Ports.free();
    readers = Ports.free();
    pusher = RawOrigin.start();
    origin =
        Origin.start(
            "origin",
            call -> {
              switch (call.path()) {
                case "/deaf" -> over.await();
                case "/bytes/50000000" -> {
                  downloads.incrementAndGet();
                  Origin.answer(call);
                }
                default -> Origin.answer(call);
              }
            });
    var file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener(
                    "http",
                    port,
                    // idle is shorter than the window in which a rate is measured
                    "timeouts: {header: 6s, keepAlive: 30s, idle: 4s}",
                    "http: {minBodyRate: 1Ki}",
                    "defaultPool: web"),
                Yaml.listener("readers", readers, "timeouts: {idle: 2s}", "defaultPool: patient"),
                Yaml.listener(
                    "tunnels",
                    tunnels,
                    "timeouts: {idle: 1s, tunnelIdle: 2s}",
                    "defaultPool: pusher")),
            List.of(
                Yaml.pool("pusher", List.of(Yaml.endpoint(pusher.port())), Yaml.UNCHECKED),
                Yaml.pool("patient", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED),
                Yaml.pool(
                    "web",
                    List.of(Yaml.endpoint(origin.port())),
                    Yaml.UNCHECKED,
                    "timeouts: {response: 5s, idle: 5s}"))));
    proxy =
        ProxyProcess.config(file)
            .loops(1)
            .heap("96m")
            .flags("--max-connections", "12000")
            .jvm("-Dio.netty.leakDetection.level=simple")
            .start();
  }

  @AfterAll
  static void stop() throws IOException {
    over.countDown();
    proxy.close();
    origin.close();
    pusher.close();
  }

  @BeforeEach
  void serveOthers() throws IOException {
    others = Bystanders.start(proxy, port, origin, 4, Duration.ofMillis(10));
  }

  @AfterEach
  void othersWereServed() throws Exception {
    others.stopServed(50, Duration.ofSeconds(1));
  }

  @Test
  void tenThousandHalfOpenConnectionsEndByTheHeadsDeadline() throws Exception {
    double before = counted("header_timeout");
    long resident = 0;
    long kept = 0;
    long empty = held();
    for (int wave = 0; wave < 3; wave++) {
      try (var silent = Crowd.of(5000, port, "", 0);
          var half = Crowd.of(5000, port, "GET / HTTP/1.1\r\nHost: a\r\nX-A: b", 0)) {
        Await.until("all are in", () -> connections() >= 10_000);
        long each = (held() - empty) / 10_000;
        assertTrue(each <= PER_IDLE_CONNECTION, each + " bytes for each connection");
        silent.awaitEnded(PATIENCE, "");
        half.awaitEnded(PATIENCE, "");
        assertEquals(5000, half.answered(408));
      }
      assertEquals(before + 5000 * (wave + 1), counted("header_timeout"));
      Await.until("none of them lingers", PATIENCE, () -> connections() < 100);
      if (wave == 0) {
        resident = resident();
        kept = held();
      }
    }
    long leaked = held() - kept;
    assertTrue(leaked < KIB * KIB, "two more waves left " + leaked + " bytes behind");
    long growth = resident() - resident;
    assertTrue(growth < 16 * KIB * KIB, "two more waves took " + growth + " bytes");
  }

  @Test
  void headsThatDripEndByTheHeadsDeadline() throws Exception {
    refused(1000, "header_timeout", "GET / HTTP/1.1\r\nHost: a\r\nX-A: ", "a");
  }

  @Test
  void bodiesThatDripEndByTheirRate() throws Exception {
    var head = "PUT /digest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    refused(500, "body_too_slow", head, "1\r\na\r\n");
  }

  @Test
  void bodiesThatStopEndByTheClientsDeadline() throws Exception {
    var head = "PUT /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhalf";
    refused(500, "request_timeout", head, "");
  }

  /// Clients who say `hello`, and `more` again and again, all get 408 and are closed.
  private static void refused(int count, String failure, String hello, String more)
      throws IOException {
    double before = counted(failure);
    try (var crowd = Crowd.of(count, port, hello, 0)) {
      crowd.awaitEnded(PATIENCE, more);
      assertEquals(count, crowd.answered(408));
    }
    assertEquals(before + count, counted(failure));
  }

  @Test
  void readersThatStopEndByTheClientsDeadlineAndHoldLittle() throws Exception {
    double wanted = counted("client_stalled") + 100;
    long empty = direct();
    var get = "GET /bytes/50000000 HTTP/1.1\r\nHost: a\r\n\r\n";
    try (var crowd = Crowd.of(100, readers, get, 4 * KIB)) {
      Await.until("all get their response", PATIENCE, () -> downloads.get() >= 100);
      holdLittle(100, PER_STALLED_DIRECTION, empty, () -> counted("client_stalled") >= wanted);
      crowd.awaitEnded(PATIENCE, "");
    }
    assertEquals(wanted, counted("client_stalled"));
  }

  @Test
  void pipelinersThatNeverReadHoldLittle() throws Exception {
    double wanted = counted("client_stalled") + 50;
    long empty = direct();
    var get = "GET /bytes/200000 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200);
    try (var crowd = Crowd.of(50, readers, get, 4 * KIB)) {
      holdLittle(50, 2 * PER_STALLED_DIRECTION, empty, () -> counted("client_stalled") >= wanted);
      crowd.awaitEnded(PATIENCE, "");
    }
  }

  @Test
  void originsThatNeverAnswerEndByThePoolsDeadline() throws Exception {
    double wanted = counted("response_timeout") + 300;
    try (var crowd = Crowd.of(300, port, "GET /silent HTTP/1.1\r\nHost: a\r\n\r\n", 0)) {
      Await.until("all have a 504", PATIENCE, () -> crowd.ended() >= 0 && all(crowd, 504, 300));
    }
    Await.until("all are counted", () -> counted("response_timeout") >= wanted);
    assertEquals(wanted, counted("response_timeout"));
  }

  @Test
  void originsThatStopReadingAnUploadEndByThePoolsDeadline() throws Exception {
    double wanted = counted("response_timeout") + 30;
    long empty = direct();
    var head = "PUT /deaf HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n";
    var piece = "x".repeat(64 * KIB);
    try (var crowd = Crowd.of(30, port, head, 0)) {
      holdLittle(
          30,
          PER_STALLED_DIRECTION,
          empty,
          () -> {
            crowd.say(piece);
            return counted("response_timeout") >= wanted;
          });
    }
    assertEquals(wanted, counted("response_timeout"));
  }

  @Test
  void tunnelsWhoseReadersStopEndByTheTunnelsDeadline() throws Exception {
    long empty = direct();
    var upgrade =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    try (var crowd = Crowd.of(50, tunnels, upgrade, 4 * KIB)) {
      for (int i = 0; i < 50; i++) {
        var server = pusher.accept();
        server.readHead();
        Thread.ofVirtual().start(() -> push(server));
      }
      holdLittle(
          50,
          PER_STALLED_DIRECTION,
          empty,
          () -> sum("weir_listener_connections{", "tunnels") == 0);
      crowd.awaitEnded(PATIENCE, "");
      assertEquals(50, crowd.answered(101));
    }
  }

  /// Until they have ended the buffers of that many peers never grow beyond `most` bytes for each.
  private static void holdLittle(int count, int most, long empty, Await.Condition ended) {
    var highest = new AtomicLong();
    Await.until(
        "all " + count + " are ended",
        PATIENCE,
        () -> {
          highest.accumulateAndGet((direct() - empty) / count, Math::max);
          return ended.holds();
        });
    assertTrue(highest.get() <= most, highest + " bytes for each");
  }

  private static boolean all(Crowd crowd, int status, int count) {
    return crowd.answered(status) == count;
  }

  /// Switches and sends until nobody takes it any more.
  private static void push(Wire server) {
    try {
      server.send(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      var payload = new byte[64 * KIB];
      while (true) {
        server.send(payload);
      }
    } catch (IOException closed) {
      return;
    }
  }

  private static PrometheusPage metrics() throws IOException {
    return PrometheusPage.parse(proxy.health("/metrics"));
  }

  private static double counted(String failure) throws IOException {
    return sum("weir_listener_failures_total{", failure);
  }

  private static double sum(String start, String label) throws IOException {
    return proxy
        .health("/metrics")
        .lines()
        .filter(line -> line.startsWith(start) && line.contains("\"" + label + "\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private static double connections() throws IOException {
    return metrics().value("weir_connections");
  }

  private static long direct() throws IOException {
    return (long) metrics().value("weir_direct_memory_used_bytes");
  }

  /// Bytes of live objects and of buffers. The lowest of some readings: what is allocated after a
  /// collection only adds to one.
  private static long held() throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      proxy.collectGarbage();
      var page = metrics();
      double now =
          page.value("jvm_memory_used_bytes{area=\"heap\"}")
              + page.value("weir_direct_memory_used_bytes");
      least = Math.min(least, (long) now);
    }
    return least;
  }

  private static long resident() throws IOException {
    return (long) metrics().value("process_resident_memory_bytes");
  }
}
