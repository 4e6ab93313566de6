package dev.weir.proxy.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.PoolConfig;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Http2Wire;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.EndpointTarget;
import dev.weir.proxy.upstream.Pool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthCheckerTest {
  private static final PoolConfig.Probe TCP = new PoolConfig.Probe.Tcp();
  private static final PoolConfig.Probe HTTP =
      new PoolConfig.Probe.Http(
          "GET", "/healthz", null, List.of(new PoolConfig.StatusRange(200, 399)));

  private final EventLoops loops = EventLoops.start(Transport.detect(), 1);
  private final ConcurrentLinkedQueue<EndpointHealth> told = new ConcurrentLinkedQueue<>();
  private final HealthChecker checker =
      new HealthChecker(
          loops,
          (pool, endpoint) -> "Unresolved: no such name",
          told::add,
          RandomGenerator.getDefault(),
          InstantSource.system());

  @AfterEach
  void stop() throws InterruptedException {
    loops.stop(Duration.ofSeconds(1));
  }

  @Test
  void aKilledOriginGoesDownAndComesBackAndEveryChangeIsTold() throws Exception {
    try (var origin = Origin.start("s1")) {
      Pool pool = pool(TCP, 50, 500, List.of(target(origin.port(), true)));
      Endpoint endpoint = pool.endpoints().all().getFirst();
      Await.until("checked", () -> checker.counts(endpoint).passed() > 0);
      origin.kill();
      Await.until("down", () -> !checker.status(endpoint).healthy());
      assertFalse(endpoint.healthy(), "traffic stops before anybody is told");
      assertEquals(
          "HealthCheckFailed: connection refused (L4CON)", checker.status(endpoint).reason());
      assertFalse(pool.usable());
      origin.revive();
      Await.until("up", () -> checker.status(endpoint).healthy());
      assertTrue(endpoint.healthy(), "traffic returns before anybody is told");
      assertTrue(pool.usable());
      assertEquals(2, checker.counts(endpoint).transitions());
      Await.until("told", () -> told.stream().reduce((a, b) -> b).orElseThrow().healthy());
      assertEquals(1, told.stream().filter(h -> !h.healthy()).count());
    }
  }

  @Test
  void healthSurvivesNewSettingsAndNewNeighbours() throws Exception {
    try (var dead = Origin.start("dead");
        var alive = Origin.start("alive")) {
      dead.kill();
      Pool pool = pool(TCP, 50, 500, List.of(target(dead.port(), true)));
      Endpoint endpoint = pool.endpoints().all().getFirst();
      Await.until("down", () -> !checker.status(endpoint).healthy());
      assertFalse(endpoint.healthy(), "traffic stops before anybody is told");
      var since = checker.status(endpoint).since();
      pool.configure(config(TCP, 60, 400), Approach.PLAIN);
      pool.update(List.of(target(alive.port(), true), target(dead.port(), true)));
      checker.refresh(pool);
      Await.until("both are watched", () -> checker.health(List.of(pool)).size() == 2);
      assertSame(endpoint, pool.endpoints().all().get(1));
      assertFalse(endpoint.healthy());
      assertEquals(since, checker.status(endpoint).since());
    }
  }

  @Test
  void aPoolThatSpeaksHttp2IsAskedOverHttp2() throws Exception {
    try (var origin = RawOrigin.start()) {
      var pool = new Pool("ns/lb/web", http2(HTTP), Approach.PLAIN, loops.data());
      pool.update(List.of(target(origin.port(), true)));
      checker.refresh(pool);
      Endpoint endpoint = pool.endpoints().all().getFirst();
      try (var to = Http2Wire.accept(origin.accept())) {
        assertEquals(
            List.of(
                ":method: GET",
                ":scheme: http",
                ":authority: 127.0.0.1:" + origin.port(),
                ":path: /healthz",
                "user-agent: weir-health"),
            to.readHeaders());
        to.headers(1, false, ":status: 204");
        Await.until("passed", () -> checker.counts(endpoint).passed() == 1);
      }
      try (var to = Http2Wire.accept(origin.accept())) {
        to.readHeaders();
        to.headers(1, true, ":status: 500");
        Await.until("failed", () -> checker.counts(endpoint).failed() == 1);
      }
      origin.accept().send("HTTP/1.1 200 OK\r\n\r\nsome more bytes");
      Await.until("failed again", () -> checker.counts(endpoint).failed() == 2);
    }
  }

  private static PoolConfig http2(PoolConfig.Probe probe) {
    var one = config(probe, 50, 5000);
    return new PoolConfig(
        one.name(),
        PoolConfig.Protocol.HTTP2,
        one.algorithm(),
        one.health(),
        one.connections(),
        one.queue(),
        one.retries(),
        one.timeouts(),
        true,
        null,
        null,
        null,
        null);
  }

  @Test
  void aSilentOriginFailsByTimeoutAndChecksNeverOverlap() throws Exception {
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    try (var silent =
        Origin.start(
            "silent",
            call -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              Thread.sleep(50); // others would have begun meanwhile
              now.decrementAndGet();
              call.reply(200, "late");
            })) {
      Pool pool = pool(HTTP, 20, 10_000, List.of(target(silent.port(), true)));
      Endpoint endpoint = pool.endpoints().all().getFirst();
      Await.until("checked often", () -> checker.counts(endpoint).passed() > 10);
      assertEquals(1, most.get());
    }
    try (var mute = new java.net.ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Pool pool = pool(HTTP, 20, 100, List.of(target(mute.getLocalPort(), true)));
      Endpoint endpoint = pool.endpoints().all().getFirst();
      Await.until("down", () -> !checker.status(endpoint).healthy());
      assertFalse(endpoint.healthy(), "traffic stops before anybody is told");
      assertTrue(checker.status(endpoint).reason().contains("L7TOUT"));
    }
  }

  @Test
  void whatIsNotCheckedCountsAsHealthyAndWhatHasNoAddressDoesNot() {
    var unresolved =
        new EndpointTarget(endpoint("no.such.name", 80, true, EndpointsConfig.State.Ready), null);
    var maintained =
        new EndpointTarget(
            endpoint("127.0.0.1", 2, true, EndpointsConfig.State.Maintenance),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 2));
    Pool pool = pool(TCP, 20, 100, List.of(target(1, false), unresolved, maintained));
    Await.until("told all", () -> told.size() == 3);
    var health = checker.health(List.of(pool));
    assertEquals("NotChecked", health.get(0).reason());
    assertTrue(health.get(0).healthy());
    assertEquals("Unresolved: no such name", health.get(1).reason());
    assertFalse(health.get(1).healthy());
    assertEquals("Maintenance", health.get(2).reason());
    assertFalse(health.get(2).healthy());
  }

  @Test
  void aForgottenPoolIsNotCheckedAnyMore() throws Exception {
    try (var origin = Origin.start("s1")) {
      Pool pool = pool(TCP, 10, 500, List.of(target(origin.port(), true)));
      Endpoint endpoint = pool.endpoints().all().getFirst();
      Await.until("checked", () -> checker.counts(endpoint).passed() > 2);
      checker.forget(pool);
      Await.until("forgotten", () -> checker.counts(endpoint).passed() == 0);
      assertTrue(endpoint.healthy());
    }
  }

  private Pool pool(
      PoolConfig.Probe probe, int interval, int timeout, List<EndpointTarget> targets) {
    var pool =
        new Pool("ns/lb/web", config(probe, interval, timeout), Approach.PLAIN, loops.data());
    pool.update(targets);
    checker.refresh(pool);
    return pool;
  }

  private static PoolConfig config(PoolConfig.Probe probe, int interval, int timeout) {
    var second = Duration.ofSeconds(1);
    return new PoolConfig(
        "web",
        PoolConfig.Protocol.HTTP1,
        PoolConfig.Algorithm.RoundRobin,
        new PoolConfig.HealthCheck(
            probe, Duration.ofMillis(interval), Duration.ofMillis(timeout), 2, 3),
        PoolConfig.Connections.UNLIMITED,
        new PoolConfig.Queue(0, second),
        3,
        new PoolConfig.Timeouts(second, second, second, second),
        true,
        null,
        null,
        null,
        null);
  }

  private static EndpointTarget target(int port, boolean checked) {
    return new EndpointTarget(
        endpoint("127.0.0.1", port, checked, EndpointsConfig.State.Ready),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static EndpointsConfig.Endpoint endpoint(
      String address, int port, boolean checked, EndpointsConfig.State state) {
    return new EndpointsConfig.Endpoint(address, port, 1, 0, state, 0, checked, null, null);
  }
}
