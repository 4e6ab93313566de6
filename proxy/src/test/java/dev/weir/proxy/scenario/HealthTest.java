package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.Gate;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who gets traffic: health, tiers, states, limits.
class HealthTest {
  private static final String POOL = "default/web/web";
  private final int port = Ports.free();
  @TempDir Path directory;

  @Test
  void backupsServeOnlyWhileNobodyElseCan() throws Exception {
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var backup = Origin.start("backup");
        var proxy =
            start(
                Yaml.pool(
                    "web",
                    List.of(
                        Yaml.endpoint(s1.port()),
                        Yaml.endpoint(s2.port()),
                        Yaml.endpoint(backup.port(), "tier: 1")),
                    Yaml.FAST))) {
      assertEquals(Set.of("s1", "s2"), answers(10));
      s1.kill();
      proxy.awaitHealth(POOL, s1.authority(), false);
      assertEquals(Set.of("s2"), answers(10));
      s2.kill();
      proxy.awaitHealth(POOL, s2.authority(), false);
      assertEquals(Set.of("backup"), answers(10));
      backup.kill();
      proxy.awaitHealth(POOL, backup.authority(), false);
      assertEquals(503, LoadClient.status(port, "/"));
      s1.revive();
      proxy.awaitHealth(POOL, s1.authority(), true);
      assertEquals(Set.of("s1"), answers(10));
    }
  }

  @Test
  void httpChecksCountAndTheStateSaysWhy() throws Exception {
    var status = new AtomicInteger(200);
    var checks = new AtomicInteger();
    var failures = new ConcurrentLinkedQueue<Instant>();
    Origin sick =
        Origin.start(
            "sick",
            call -> {
              if (call.path().equals("/healthz")) {
                checks.incrementAndGet();
                var now = status.get();
                if (now == 503) {
                  failures.add(Instant.now());
                }
                call.reply(now, "");
              } else {
                call.reply(200, "sick");
              }
            });
    var health =
        "health: {http: {path: /healthz, host: check.test}, interval: 100ms, timeout: 10s,"
            + " rise: 2, fall: 3}";
    try (sick;
        var well = Origin.start("well");
        var proxy = start(Yaml.pool("web", health, sick, well))) {
      Await.until("checked", () -> checks.get() >= 2);
      assertEquals("check.test", sick.heads().getFirst().first("host"));
      assertEquals(Set.of("sick", "well"), answers(4));
      status.set(503);
      proxy.awaitHealth(POOL, sick.authority(), false);
      assertEquals(Set.of("well"), answers(6));
      var entry = proxy.endpoint(POOL, sick.authority());
      assertNotNull(entry);
      assertTrue(entry.path("reason").asText().contains("503"), entry::toString);
      // checks go on while nobody looks: those count that the proxy knew of when it decided
      var since = Instant.parse(entry.path("since").asText());
      var known = failures.stream().filter(at -> !at.isAfter(since)).count();
      assertEquals(3, known, () -> "down at " + since + " after failures at " + failures);
      status.set(204);
      proxy.awaitHealth(POOL, sick.authority(), true);
      assertEquals(Set.of("sick", "well"), answers(4));
    }
  }

  @Test
  void anEndpointThatIsDeadAtTheStartIsDownAfterItsFirstCheck() throws Exception {
    var dead = Ports.free();
    try (var s1 = Origin.start("s1");
        var proxy =
            start(
                Yaml.pool(
                    "web",
                    List.of(Yaml.endpoint(s1.port()), Yaml.endpoint(dead)),
                    "health: {interval: 1s, fall: 100}"))) {
      assertEquals(Set.of("s1"), answers(4));
      proxy.awaitHealth(POOL, "127.0.0.1:" + dead, false);
    }
  }

  @Test
  void drainingAndMaintenanceGetNothingNewAndCutNothing() throws Exception {
    var gate = new Gate();
    try (var s1 = Origin.start("s1", gate);
        var s2 = Origin.start("s2", gate);
        var proxy = start(Yaml.pool("web", Yaml.FAST, s1, s2));
        var client = Wire.connect(port)) {
      client.get("/held");
      Await.until("a request is under way", () -> s1.inFlight() + s2.inFlight() == 1);
      var slow = s1.inFlight() == 1 ? s1 : s2;
      var other = slow == s1 ? s2 : s1;
      for (var state : List.of("Drain", "Maintenance")) {
        var applied = proxy.state().path("applied").asInt();
        replace(
            Yaml.pool(
                "web",
                List.of(Yaml.endpoint(slow.port(), "state: " + state), Yaml.endpoint(other.port())),
                Yaml.FAST));
        // the endpoint shows its new state a moment before the pool chooses by it
        var now = proxy.awaitState("applied", s -> s.path("applied").asInt() > applied);
        assertTrue(now.toString().contains("\"" + state + "\""), now::toString);
        assertEquals(Set.of(other.name()), answers(6), slow.name());
      }
      gate.letGo();
      assertEquals(slow.name(), client.readResponse().body());
    }
  }

  @Test
  void weightsDivideTrafficExactly() throws Exception {
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var s3 = Origin.start("s3");
        var proxy =
            start(
                Yaml.pool(
                    "web",
                    List.of(
                        Yaml.endpoint(s1.port(), "weight: 3"),
                        Yaml.endpoint(s2.port()),
                        Yaml.endpoint(s3.port(), "weight: 0")),
                    Yaml.FAST))) {
      answers(40);
      assertEquals(
          List.of(30L, 10L, 0L),
          List.of(s1.requests(), s2.requests(), s3.requests()),
          proxy::describe);
    }
  }

  @Test
  void leastConnectionsAvoidsTheBusyOne() throws Exception {
    var gate = new Gate();
    try (var s1 = Origin.start("s1", gate);
        var s2 = Origin.start("s2", gate);
        var proxy =
            start(
                Yaml.pool(
                    "web",
                    Yaml.endpoints(s1, s2),
                    Yaml.FAST,
                    "balance: {algorithm: LeastConnections}"));
        var client = Wire.connect(port)) {
      client.get("/held");
      Await.until("busy", () -> s1.inFlight() + s2.inFlight() == 1);
      var idle = s1.inFlight() == 1 ? s2 : s1;
      for (var i = 0; i < 8; i++) {
        Await.until("its last request is over", () -> inFlight(proxy, idle) == 0);
        assertEquals(Set.of(idle.name()), answers(1), proxy::describe);
      }
      gate.letGo();
      assertEquals(200, client.readResponse().status());
    }
  }

  @Test
  void aFullEndpointMakesRequestsWaitAndThenGiveUp() throws Exception {
    var gate = new Gate();
    try (var s1 = Origin.start("s1", gate);
        var proxy =
            start(
                Yaml.pool(
                    "web",
                    List.of(Yaml.endpoint(s1.port(), "maxConnections: 1")),
                    Yaml.FAST,
                    "queue: {length: 2, timeout: 4s}"));
        var running = Wire.connect(port);
        var waiting = Wire.connect(port);
        var also = Wire.connect(port)) {
      running.get("/held");
      Await.until("one runs", () -> s1.inFlight() == 1);
      waiting.get("/");
      also.get("/");
      proxy.awaitState("two wait", s -> s.path("pools").path(0).path("queued").asInt() == 2);
      gate.letGo();
      for (var client : List.of(running, waiting, also)) {
        assertEquals("s1", client.readResponse().body());
      }
      running.get("/held");
      Await.until("one runs again", () -> s1.requests() == 4);
      var start = System.nanoTime();
      assertEquals(503, LoadClient.status(port, "/"), proxy::describe);
      var waited = Duration.ofNanos(System.nanoTime() - start).toMillis();
      assertTrue(waited >= 3900, "waited " + waited + " ms");
      assertEquals(4, s1.requests(), "what gave up never reached the origin");
    }
  }

  @Test
  void healthIsRememberedAcrossChanges() throws Exception {
    try (var s1 = Origin.start("s1");
        var s2 = Origin.start("s2");
        var proxy = start(Yaml.pool("web", Yaml.FAST, s1, s2))) {
      s1.kill();
      proxy.awaitHealth(POOL, s1.authority(), false);
      var entry = proxy.endpoint(POOL, s1.authority());
      assertNotNull(entry);
      for (var weight = 2; weight < 6; weight++) {
        var applied = proxy.state().path("applied").asInt();
        replace(
            Yaml.pool(
                "web",
                List.of(Yaml.endpoint(s1.port(), "weight: " + weight), Yaml.endpoint(s2.port())),
                Yaml.FAST));
        proxy.awaitState("applied", s -> s.path("applied").asInt() > applied);
        var now = proxy.endpoint(POOL, s1.authority());
        assertNotNull(now);
        assertEquals(entry.path("since"), now.path("since"));
        assertEquals(false, now.path("healthy").asBoolean());
      }
    }
  }

  private static int inFlight(ProxyProcess proxy, Origin origin) throws IOException {
    var entry = proxy.endpoint(POOL, origin.authority());
    return entry == null ? -1 : entry.path("inFlight").asInt(-1);
  }

  private ProxyProcess start(String pool) throws IOException {
    replace(pool);
    return ProxyProcess.config(directory.resolve("weir.yaml")).start();
  }

  private void replace(String pool) throws IOException {
    var text = Yaml.loadBalancer("web", List.of(Yaml.listener("http", port)), List.of(pool));
    ConfigFile.replace(directory.resolve("weir.yaml"), text);
  }

  private Set<String> answers(int count) throws IOException {
    var names = new TreeSet<String>();
    for (var i = 0; i < count; i++) {
      names.add(LoadClient.fetch(port, "/"));
    }
    return names;
  }
}
