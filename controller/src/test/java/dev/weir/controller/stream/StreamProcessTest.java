package dev.weir.controller.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.BindConfig;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.ListenerConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.PoolConfig;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.UnboundListener;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real proxy processes on a real stream, with traffic.
class StreamProcessTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private StreamHarness harness;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    harness = new StreamHarness(directory);
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void aProxyThatIsKilledWhileTheControllerIsAwayServesOnAndIsSentNothingAgain() throws Exception {
    int port = Ports.free();
    harness.startServer();
    try (var origin = Origin.start("a")) {
      harness.source.set(loadBalancer("web", port, origin, 1));
      try (var proxy = proxy().start()) {
        Await.until("traffic", LONG, () -> answers(port, "a"));
        assertFalse(proxy.state().get("stale").asBoolean());
        StreamHarness.await("acked", this::allCurrent);
        harness.stopServer();
        assertTrue(answers(port, "a"), "without a controller");
        Await.until(
            "written",
            LONG,
            () -> harness.directory.resolve("state/last-known-good").toFile().exists());
        proxy.kill();
      }
      try (var proxy = proxy().start()) {
        Await.until("traffic from the last known good", LONG, () -> answers(port, "a"));
        assertTrue(proxy.state().get("stale").asBoolean());

        var server = harness.startServer();
        proxy.awaitState("confirmed", LONG, state -> !state.get("stale").asBoolean());
        StreamHarness.await("acked", this::allCurrent);
        assertEquals(0, server.metrics().upserts());
        assertEquals(1, server.metrics().emptyCommits());
        assertEquals(harness.source.resources().digest().hex(), digest(proxy));
      }
    }
  }

  @Test
  void ofTenLoadBalancersOneIsBadNineChangeAndItKeepsItsLastGoodSet() throws Exception {
    harness.startServer();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      ports.add(Ports.free());
    }
    try (var before = Origin.start("before");
        var after = Origin.start("after")) {
      harness.source.set(all(ports, before, 1), Set.of());
      try (var proxy = proxy().start()) {
        for (int port : ports) {
          Await.until("traffic", LONG, () -> answers(port, "before"));
        }
        Resources next = all(ports, after, 2);
        Resource good = next.ofLoadBalancer("ns/lb-4").getFirst();
        String body = new String(good.body(), UTF_8);
        String bad = body.replaceFirst("\\{", "{\"surprise\":1,");
        harness.source.set(next.with(Resource.of(good.key(), bad.getBytes(UTF_8))), Set.of());
        for (int i = 0; i < 10; i++) {
          int port = ports.get(i);
          String wanted = i == 4 ? "before" : "after";
          Await.until("lb-" + i + " answers " + wanted, LONG, () -> answers(port, wanted));
        }
        StreamHarness.await("acked", this::allCurrent);
        var rejected = harness.server().sessions().getFirst().rejected();
        assertEquals("ns/lb-4", rejected.getFirst().loadBalancer());
        assertTrue(rejected.getFirst().message().contains("surprise"), rejected::toString);
        assertTrue(proxy.state().get("rejected").toString().contains("surprise"));

        harness.source.set(next, Set.of());
        Await.until("repaired", LONG, () -> answers(ports.get(4), "after"));
        StreamHarness.await("acked", this::allCurrent);
        assertEquals(List.of(), harness.server().sessions().getFirst().rejected());
      }
    }
  }

  @Test
  void anOccupiedPortIsReportedUntilItIsFree() throws Exception {
    harness.startServer();
    try (var occupant = Origin.start("occupant");
        var origin = Origin.start("a")) {
      harness.source.set(loadBalancer("web", occupant.port(), origin, 1));
      try (var proxy = proxy().launch()) {
        StreamHarness.await("reported", () -> allCurrent() && error() != null);
        assertTrue(proxy.alive());
        occupant.close();
        Await.until("traffic", LONG, () -> answers(occupant.port(), "a"));
        StreamHarness.await("reported again", () -> error() == null);
      }
    }
  }

  private @Nullable String error() {
    return harness.server().sessions().getFirst().unbound().stream()
        .map(UnboundListener::error)
        .findFirst()
        .orElse(null);
  }

  private boolean allCurrent() {
    List<SessionState> sessions = harness.server().sessions();
    return !sessions.isEmpty() && sessions.stream().allMatch(SessionState::current);
  }

  private static String digest(ProxyProcess proxy) throws IOException {
    return proxy.state().get("digest").asText();
  }

  private static boolean answers(int port, String expected) {
    try {
      return LoadClient.fetch(port, "/").equals(expected);
    } catch (IOException e) {
      return false;
    }
  }

  private ProxyProcess.Builder proxy() throws IOException {
    return ProxyProcess.withFlags(
        "--controller",
        "127.0.0.1:" + harness.port(),
        "--fleet",
        "edge",
        "--token-file",
        harness.directory.resolve("token").toString(),
        "--ca-file",
        harness.directory.resolve("ca.crt").toString(),
        "--state-dir",
        harness.directory.resolve("state").toString());
  }

  private static Resources all(List<Integer> ports, Origin origin, int retries) {
    Resources all = Resources.EMPTY;
    for (int i = 0; i < ports.size(); i++) {
      for (Resource resource : loadBalancer("lb-" + i, ports.get(i), origin, retries)) {
        all = all.with(resource);
      }
    }
    return all;
  }

  private static Resource[] loadBalancer(String name, int port, Origin origin, int retries) {
    Duration patience = Duration.ofSeconds(50);
    var pool =
        new PoolConfig(
            "p",
            PoolConfig.Protocol.HTTP1,
            PoolConfig.Algorithm.RoundRobin,
            null,
            PoolConfig.Connections.UNLIMITED,
            new PoolConfig.Queue(0, Duration.ZERO),
            retries,
            new PoolConfig.Timeouts(Duration.ofSeconds(5), patience, patience, patience),
            true,
            null,
            null,
            null,
            null);
    var bind = new BindConfig("*", port);
    var listener =
        new ListenerConfig(
            "http",
            bind.id(),
            List.of(),
            ListenerConfig.Protocol.HTTP,
            false,
            "p",
            new ListenerConfig.Forwarded(ListenerConfig.ForwardedHeaders.XForwarded, List.of()),
            new ListenerConfig.Versions(true, true, 128),
            new ListenerConfig.Timeouts(
                patience, patience, patience, patience, Duration.ofSeconds(30), null),
            new ListenerConfig.Limits(0, 0, 32768, 128, 0, 1024),
            new ListenerConfig.AccessLog(ListenerConfig.LogFormat.JSON, true),
            null,
            null,
            null,
            null);
    var endpoint =
        new EndpointsConfig.Endpoint(
            "127.0.0.1", origin.port(), 1, 0, EndpointsConfig.State.Ready, 0, true, null, null);
    String id = "ns/" + name;
    return new Resource[] {
      Resource.of(
          new LoadBalancerConfig(id, List.of(bind), List.of(listener), List.of(), List.of(pool))),
      Resource.of(new EndpointsConfig(pool.resourceName(id), List.of(endpoint)))
    };
  }
}
