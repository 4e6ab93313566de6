package dev.weir.controller.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Latencies;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Payload;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.WebSocketClient;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Change after change on the stream, at a thousand a minute: pools, endpoints, header edits and
/// listeners in turn, each acknowledged by the proxy before the next, and nobody notices.
///
/// System properties: `weir.soak.seconds` (12), `weir.soak.rate` requests a second (1000),
/// `weir.soak.sockets` WebSockets (100). `make soak` takes a minute, 5,000 and 500, and with
/// `weir.soak.tools` the load and the origin of the bench, which cost less than ours.
class ManyChangesTest {
  private static final int SECONDS = Integer.getInteger("weir.soak.seconds", 12);
  private static final int RATE = Integer.getInteger("weir.soak.rate", 1000);
  private static final int SOCKETS = Integer.getInteger("weir.soak.sockets", 100);
  private static final int CHANGES = SECONDS * 1000 / 60;
  private static final @Nullable String TOOLS = System.getProperty("weir.soak.tools");
  private static final Duration QUIET = Duration.ofMillis(SECONDS * 1000L / 12);
  private static final Duration ECHO_PAUSE = Duration.ofSeconds(1);
  private static final long TRANSFER = SECONDS * 2_000_000L;

  private final int http = Ports.free();
  private final int tcp = Ports.free();
  private final int extra = Ports.free();
  private final int live = Ports.free();
  private final List<Integer> ports = new ArrayList<>();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong echoes = new AtomicLong();
  private final List<Origin> origins = new ArrayList<>();
  private StreamHarness harness;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    harness = new StreamHarness(directory);
    for (var name : List.of("s1", "s2", "s3", "s4")) {
      origins.add(Origin.start(name));
    }
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
    for (var origin : origins) {
      origin.close();
    }
  }

  @Test
  void aThousandChangesAMinuteFailNoRequestAndCutNoConnection() throws Exception {
    harness.startServer();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var load = TOOLS == null ? new OwnLoad(http, RATE) : new BenchLoad(TOOLS, http, RATE)) {
      ports.addAll(load.origins(origins));
      harness.source.set(resources(0), Set.of());
      try (var proxy = proxy().start()) {
        Await.until("traffic", () -> LoadClient.status(http, "/") == 200);
        var living = new ArrayList<Future<?>>();
        for (var i = 0; i < SOCKETS; i++) {
          living.add(threads.submit(echo(i % 4 == 0 ? tcp : live)));
        }
        Await.until("sockets are up", Duration.ofSeconds(30), () -> echoes.get() >= SOCKETS);
        living.add(threads.submit(() -> transfer(live)));
        living.add(threads.submit(() -> transfer(tcp)));
        var quiet = load.run(QUIET).get();

        var before = proxy.state().path("applied").asInt();
        var loaded = load.run(Duration.ofSeconds(SECONDS));
        var took = change();
        var during = loaded.get();
        var state = proxy.state();
        stop.set(true);
        for (var life : living) {
          life.get();
        }

        assertEquals(CHANGES, state.path("applied").asInt() - before, state::toString);
        assertEquals(0, state.path("refused").asInt(), state::toString);
        assertEquals(0, state.path("rejected").size(), state::toString);
        System.out.printf(
            "%d changes in %.0f s (%s until acknowledged), %d WebSockets (%d echoes): 0 failed,"
                + " 0 cut%nbefore: %s%nduring: %s%n",
            CHANGES, took.seconds, took.acks, SOCKETS, echoes.get(), quiet, during);
      }
    }
  }

  private record Took(double seconds, Latencies acks) {}

  private Took change() throws Exception {
    var acks = new Latencies();
    var pace = Duration.ofSeconds(SECONDS).toNanos() / CHANGES;
    var start = System.nanoTime();
    for (var step = 1; step <= CHANGES; step++) {
      var next = resources(step);
      var changed = System.nanoTime();
      harness.source.set(next, Set.of());
      awaitAck();
      acks.add(System.nanoTime() - changed);
      if (hasExtra(step) && !hasExtra(step - 1)) {
        assertEquals(200, LoadClient.status(extra, "/"), "a listener that was just opened");
      }
      if (step % 20 < 4) {
        assertEdits(step);
      }
      var due = start + step * pace;
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
    return new Took((System.nanoTime() - start) / 1e9, acks);
  }

  private void awaitAck() throws InterruptedException {
    var wanted = harness.source.wanted(StreamHarness.FLEET).snapshot().version();
    StreamHarness.await(
        "acknowledged",
        () -> {
          var sessions = harness.server().sessions();
          return !sessions.isEmpty() && wanted.equals(sessions.getFirst().acked());
        });
  }

  private void assertEdits(int step) throws IOException {
    var edits = turns(step, 2);
    var seen = LoadClient.fetch(live, "/head");
    assertTrue(seen.contains("X-Step: " + edits + "\n"), () -> "step " + step + ": " + seen);
    try (var wire = Wire.connect(http)) {
      var head = wire.get("/").readResponse().head();
      assertEquals("http " + edits, head.first("X-Seen"), () -> "step " + step + ": " + head);
    }
  }

  /// How often a kind of change had its turn: 0 pools, 1 endpoints, 2 header edits, 3 listeners.
  private static int turns(int step, int kind) {
    return (step + 3 - kind) / 4;
  }

  private static boolean hasExtra(int step) {
    return turns(step, 3) % 2 == 1;
  }

  private Resources resources(int step) {
    var config =
        StandaloneConfig.render(
            ManifestReader.read("web.yaml", manifest(step)), RenderOptions.standalone(Set.of()));
    assertEquals(List.of(), config.findings());
    var rendered = config.loadBalancers().getFirst();
    var all = new ArrayList<Resource>();
    all.add(Resource.of(rendered.config()));
    rendered.endpoints().forEach(endpoints -> all.add(Resource.of(endpoints)));
    return Resources.of(all);
  }

  private String manifest(int step) {
    var pools = turns(step, 0);
    var edits = turns(step, 2);
    var listeners = turns(step, 3);
    var more =
        hasExtra(step) ? "\n    - {name: extra, port: " + extra + ", address: 127.0.0.1}" : "";
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: web}
        spec:
          defaultPool: web
          listeners:
            - name: http
              port: %d
              address: 127.0.0.1
              timeouts: {idle: %ds, header: %ds}
              requestHeaders: {set: [{name: X-Client, value: "%%{client.address}"}]}
              responseHeaders: {add: [{name: X-Seen, value: "%%{listener} %d"}]}
            - name: live
              port: %d
              address: 127.0.0.1
              defaultPool: live
              timeouts: {idle: %ds}
              requestHeaders: {set: [{name: X-Step, value: "%d"}], remove: [X-Gone-%d]}
            - {name: tcp, port: %d, address: 127.0.0.1, protocol: TCP, defaultPool: live}%s
          pools:
            - name: web
              requestHeaders: {set: [{name: X-Pool, value: "%d"}]}
              balance: {algorithm: %s}
              timeouts: {connect: %ds, response: %ds}
              health: {interval: 200ms, timeout: 2s}
              endpoints: [%s]
            - {name: live, endpoints: [%s]}
        """
        .formatted(
            http,
            40 + listeners % 7,
            10 + listeners % 5,
            edits,
            live,
            50 + listeners % 3,
            edits,
            edits % 4,
            tcp,
            more,
            edits % 3,
            pools % 2 == 0 ? "RoundRobin" : "LeastConnections",
            5 + pools % 3,
            50 + pools % 9,
            endpoints(ports, turns(step, 1)),
            endpoints(origins.stream().map(Origin::port).toList(), turns(step, 1)));
  }

  private static String endpoints(List<Integer> ports, int turn) {
    var all = new ArrayList<String>();
    all.add(endpoint(ports.get(0), "weight: 1"));
    all.add(endpoint(ports.get(1), "weight: " + (1 + turn % 5)));
    if (turn % 3 < 2) {
      all.add(endpoint(ports.get(2), "tier: 0"));
    }
    if (turn % 4 < 3) {
      all.add(endpoint(ports.get(3), turn % 8 < 4 ? "state: Drain" : "weight: 2"));
    }
    return String.join(", ", all);
  }

  private static String endpoint(int port, String field) {
    return "{address: 127.0.0.1, port: %d, %s}".formatted(port, field);
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
            harness.directory.resolve("ca.crt").toString())
        .jvm("-XX:TieredStopAtLevel=4")
        .jvm("-Dio.netty.leakDetection.level=" + (TOOLS == null ? "paranoid" : "simple"));
  }

  private Callable<Void> echo(int port) {
    return () -> {
      try (var socket = WebSocketClient.connect(port, "/ws")) {
        for (var i = 0; !stop.get(); i++) {
          var message = "message " + i;
          assertEquals(message, socket.exchange(message));
          echoes.incrementAndGet();
          LockSupport.parkNanos(ECHO_PAUSE.toNanos());
        }
      }
      return null;
    };
  }

  /// A download that lasts as long as the changes.
  private @Nullable Void transfer(int port) throws IOException {
    try (var wire = Wire.connect(port)) {
      var head =
          wire.get("/slow/" + TRANSFER + "/" + (SECONDS * 1000L + QUIET.toMillis())).readHead();
      assertEquals(200, head.status());
      assertEquals(
          new Payload.Received(TRANSFER, Payload.digest(TRANSFER)),
          Payload.drain(wire.responseBody(head)));
      return null;
    }
  }
}
