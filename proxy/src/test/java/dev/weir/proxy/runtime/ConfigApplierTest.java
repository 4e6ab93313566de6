package dev.weir.proxy.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.UnboundListener;
import dev.weir.proxy.accesslog.AccessLogs;
import dev.weir.proxy.accesslog.LogTarget;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Gate;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.Wire;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Applying, with real sockets in this process.
class ConfigApplierTest {
  private static final int OWN_PORT = 19_901;
  private final EventLoops loops = EventLoops.start(Transport.detect(), 2);
  private final int first = Ports.free();
  private final int second = Ports.free();
  private AccessLogs logs;
  private ProxyRuntime runtime;
  private Origin s1;
  private Origin s2;

  @BeforeEach
  void start() throws IOException {
    s1 = Origin.start("s1");
    s2 = Origin.start("s2");
    logs = AccessLogs.open(new LogTarget.Stderr(), ZoneOffset.UTC);
    runtime = new ProxyRuntime(loops, logs, 0, Set.of(OWN_PORT), InstantSource.system());
  }

  @AfterEach
  void stop() throws Exception {
    runtime.close();
    loops.stop(Duration.ofSeconds(1));
    logs.close();
    s1.close();
    s2.close();
  }

  @Test
  void aSwapKeepsConnectionsPoolsEndpointsAndWhatDidNotChange() throws Exception {
    var other = Configs.loadBalancer("ns/other", List.of(second), s2.port());
    apply(1, Configs.loadBalancer("ns/web", List.of(first), s1.port()), other);
    assertTrue(runtime.ready());
    Generation before = runtime.generation();
    try (var client = Wire.connect(first)) {
      client.get("/").readResponse();
      apply(2, Configs.loadBalancer("ns/web", List.of(first), s1.port(), s2.port()), other);
      assertEquals("s1s2", sorted(client, 2));
      assertEquals(1, connections());
    }
    Generation after = runtime.generation();
    assertEquals(2, after.number());
    assertSame(before.loadBalancers().get("ns/other"), after.loadBalancers().get("ns/other"));
    assertSame(before.pools().get(1), after.pools().get(1));
    assertSame(endpoint(before, 0), endpoint(after, 0));
    assertSame(
        before.loadBalancers().get("ns/web").listeners(),
        after.loadBalancers().get("ns/web").listeners(),
        "endpoints alone do not rebuild listeners");
  }

  @Test
  void reorderingListsChangesNoSocketPoolOrConnection() throws Exception {
    apply(1, Configs.loadBalancer("ns/web", List.of(first, second), s1.port(), s2.port()));
    Generation before = runtime.generation();
    try (var one = Wire.connect(first);
        var two = Wire.connect(second)) {
      one.get("/").readResponse();
      two.get("/").readResponse();
      apply(2, Configs.loadBalancer("ns/web", List.of(second, first), s2.port(), s1.port()));
      assertEquals(2, runtime.generation().number(), "it is another document");
      assertEquals("s1s2", sorted(one, 2));
      assertEquals("s1s2", sorted(two, 2));
      assertEquals(2, connections());
    }
    Generation after = runtime.generation();
    assertSame(before.pools().getFirst(), after.pools().getFirst());
    assertEquals(before.binds().keySet(), after.binds().keySet());
  }

  @Test
  void amongThousandsAChangeIsComparedWithThoseAloneThatShareItsPorts() {
    var ports = new RunningPorts();
    for (int i = 0; i < 5000; i++) {
      var body = Configs.loadBalancer("ns/lb-" + i, List.of(1000 + i), s1.port());
      ports.replace("ns/lb-" + i, null, decoded(body));
    }
    var shared = decoded(Configs.loadBalancer("ns/new", List.of(1007, 1008, 9999), s1.port()));
    assertEquals(Set.of("ns/lb-7", "ns/lb-8"), ports.near(shared));
    ports.replace("ns/new", null, shared);
    ports.replace(
        "ns/lb-7", decoded(Configs.loadBalancer("ns/lb-7", List.of(1007), s1.port())), null);
    assertEquals(Set.of("ns/lb-8", "ns/new"), ports.near(shared));
  }

  private static DecodedLoadBalancer decoded(List<Resource> resources) {
    var name = resources.getFirst().key().loadBalancer();
    var result = new Decoder(Set.of()).decode(name, resources, null, Resources.EMPTY);
    return Objects.requireNonNull(result.loadBalancer(), () -> result.rejections().toString());
  }

  @Test
  void whatALoadBalancerAnsweredIsCounted() throws Exception {
    apply(1, Configs.loadBalancer("ns/web", List.of(first), s1.port()));
    assertEquals(200, LoadClient.status(first, "/"));
    assertEquals(200, LoadClient.status(first, "/"));
    s1.close();
    assertTrue(LoadClient.status(first, "/") >= 500);
    Await.until(
        "counted",
        () ->
            runtime
                .traffic(List.of("ns/web", "ns/other"))
                .equals(List.of(new LoadBalancerTraffic("ns/web", 3, 1))));
  }

  @Test
  void theSameSnapshotAgainChangesNothing() throws Exception {
    var web = Configs.loadBalancer("ns/web", List.of(first), s1.port());
    apply(1, web);
    Generation before = runtime.generation();
    ApplyResult result = apply(2, web);
    assertEquals(1, runtime.generation().number());
    assertSame(before.loadBalancers(), runtime.generation().loadBalancers());
    assertEquals("0.2", result.live().version().label());
    assertEquals(1, runtime.history().counts().applied());
  }

  @Test
  void oneBadLoadBalancerKeepsItsLastGoodSetAndEverythingElseApplies() throws Exception {
    var good = Configs.loadBalancer("ns/a", List.of(first), s1.port());
    apply(1, good, Configs.loadBalancer("ns/b", List.of(second), s1.port()));
    var wanted =
        Configs.snapshot(
            2,
            Configs.loadBalancer("ns/a", List.of(first), "missing", List.of(s2.port())),
            Configs.loadBalancer("ns/b", List.of(second), s2.port()));
    ApplyResult result = runtime.apply(wanted);
    assertEquals(1, result.rejected().size());
    assertEquals("ns/a", result.rejected().getFirst().loadBalancer());
    assertEquals("PoolNotFound", result.rejected().getFirst().rule());
    assertEquals("s1", LoadClient.fetch(first, "/"));
    assertEquals("s2", LoadClient.fetch(second, "/"));
    assertEquals(
        Configs.snapshot(2, good, Configs.loadBalancer("ns/b", List.of(second), s2.port()))
            .digest(),
        result.live().digest());
    assertEquals(1, runtime.history().counts().refused());
    result = apply(3, good, Configs.loadBalancer("ns/b", List.of(second), s2.port()));
    assertTrue(result.rejected().isEmpty());
    assertEquals(2, runtime.generation().number(), "it is what runs already");
  }

  @Test
  void aBodyThatIsNotUnderstoodIsRejectedWithItsPath() throws Exception {
    var body =
        "{\"name\":\"ns/web\",\"binds\":[],\"listeners\":[],\"routes\":[],\"pools\":[],\"colour\":\"green\"}";
    var odd =
        Resource.of(
            new ResourceKey(ResourceType.LoadBalancer, "ns/web"),
            body.getBytes(StandardCharsets.UTF_8));
    ApplyResult result = runtime.apply(Configs.snapshot(1, List.of(odd)));
    assertEquals("Unreadable", result.rejected().getFirst().rule());
    assertTrue(result.rejected().getFirst().message().contains("colour"));
    var orphan = List.of(Configs.endpoints("ns/web", List.of(1)));
    result = runtime.apply(Configs.snapshot(2, orphan));
    assertEquals("Incomplete", result.rejected().getFirst().rule());
    assertTrue(result.live().resources().isEmpty());
  }

  @Test
  void whoRunsOnAPortKeepsItAndOwnPortsAreRefused() throws Exception {
    apply(1, Configs.loadBalancer("ns/z", List.of(first), s1.port()));
    ApplyResult result =
        runtime.apply(
            Configs.snapshot(
                2,
                Configs.loadBalancer("ns/a", List.of(first, second), s2.port()),
                Configs.loadBalancer("ns/b", List.of(OWN_PORT), s2.port()),
                Configs.loadBalancer("ns/z", List.of(first), s1.port())));
    assertEquals(
        List.of("ns/b ReservedPort", "ns/a PortConflict"),
        result.rejected().stream().map(r -> r.loadBalancer() + " " + r.rule()).toList());
    assertEquals("s1", LoadClient.fetch(first, "/"));
    assertEquals(Set.of("ns/z"), runtime.generation().loadBalancers().keySet());
    result = apply(3, Configs.loadBalancer("ns/a", List.of(first, second), s2.port()));
    assertTrue(result.rejected().isEmpty(), "the port is free in the same step");
    assertEquals("s2", LoadClient.fetch(first, "/"));
  }

  @Test
  void aPortPassesFromOneToAnotherWithoutClosing() throws Exception {
    apply(1, Configs.loadBalancer("ns/old", List.of(first), s1.port()));
    var listener = runtime.generation().listeners().getFirst().listener();
    try (var client = Wire.connect(first)) {
      assertEquals("s1", client.get("/").readResponse().body());
      apply(2, Configs.loadBalancer("ns/new", List.of(first), s2.port()));
      assertSame(listener, runtime.generation().listeners().getFirst().listener());
      assertEquals("s2", client.get("/").readResponse().body());
    }
  }

  @Test
  void anOccupiedPortFailsItsListenerAloneAndHeals() throws Exception {
    var told = new ConcurrentLinkedQueue<List<UnboundListener>>();
    runtime.report(change -> {}, told::add);
    ApplyResult result;
    try (var occupant = new ServerSocket(second, 1, InetAddress.getLoopbackAddress())) {
      assertTrue(occupant.isBound());
      result = apply(1, Configs.loadBalancer("ns/web", List.of(first, second), s1.port()));
      assertEquals("s1", LoadClient.fetch(first, "/"));
      assertEquals("port in use by another process", result.unbound().getFirst().error());
      assertFalse(runtime.ready());
    }
    Await.until("it is bound", () -> LoadClient.fetch(second, "/").equals("s1"));
    assertTrue(runtime.ready());
    Await.until("it is told", () -> !told.isEmpty());
    assertEquals(List.of(), told.remove());
  }

  @Test
  void aPortIsFreeForUsAgainWhileItsLastListenerDrainsButNotBesideAnotherProcess()
      throws Exception {
    var there = Configs.loadBalancer("ns/a", List.of(first, second), s1.port());
    var gone = Configs.loadBalancer("ns/a", List.of(second), s1.port());
    apply(1, there);
    try (var client = Wire.connect(first)) {
      assertEquals("s1", client.get("/").readResponse().body());
      client.get("/sleep/60000");
      apply(2, gone);
      assertEquals(List.of(), errors(apply(3, there)), "at once");
      assertEquals("s1", LoadClient.fetch(first, "/"));
      apply(4, gone);
      Await.until("nobody listens", () -> refused(first));
      Await.until("one drains", () -> runtime.drainingBinds().size() == 1);
      try (var occupant = ServerSocketChannel.open()) {
        occupant.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        occupant.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        occupant.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), first));
        assertEquals(List.of("port in use by another process"), errors(apply(5, there)));
      }
      Await.until("it is bound", () -> LoadClient.fetch(first, "/").equals("s1"));
    }
  }

  private static List<String> errors(ApplyResult result) {
    return result.unbound().stream().map(UnboundListener::error).toList();
  }

  private static boolean refused(int port) {
    try (var wire = Wire.connect(port)) {
      return !wire.socket().isConnected();
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void whatIsRemovedDrainsAndIsGone() throws Exception {
    apply(
        1,
        Configs.loadBalancer("ns/a", List.of(first), s1.port()),
        Configs.loadBalancer("ns/b", List.of(second), s2.port()));
    Pool pool = runtime.generation().pools().getFirst();
    var gate = new Gate();
    s1.handler(gate);
    try (var busy = Wire.connect(first)) {
      busy.get("/held");
      Await.until("under way", () -> s1.inFlight() == 1);
      apply(2, Configs.loadBalancer("ns/b", List.of(second), s2.port()));
      Await.until("one drains", () -> runtime.drainingBinds().size() == 1);
      gate.letGo();
      assertEquals("s1", busy.readResponse().body());
      busy.expectClosed();
    }
    Await.until("drained", () -> runtime.drainingBinds().isEmpty());
    Await.until("closed", () -> refuses(first));
    Endpoint endpoint = pool.endpoints().all().getFirst();
    Await.until("not checked", () -> runtime.health().counts(endpoint).passed() == 0);
    assertNotSame(pool, runtime.generation().pools().getFirst());
  }

  @Test
  void healthSurvivesChangesOfEverythingAround() throws Exception {
    apply(1, Configs.loadBalancer("ns/web", List.of(first), s1.port(), s2.port()));
    s1.kill();
    Endpoint endpoint = endpoint(runtime.generation(), 0);
    Await.until("down", () -> !endpoint.healthy());
    apply(2, Configs.loadBalancer("ns/web", List.of(first, second), s2.port(), s1.port()));
    assertSame(endpoint, endpoint(runtime.generation(), 1));
    assertFalse(endpoint.healthy());
    assertEquals("s2", LoadClient.fetch(second, "/"));
    assertFalse(runtime.endpointHealth().get(1).healthy());
  }

  @SafeVarargs
  private ApplyResult apply(long version, List<Resource>... loadBalancers) throws Exception {
    var wanted = Configs.snapshot(version, loadBalancers);
    ApplyResult result = runtime.apply(wanted);
    assertEquals(wanted.digest(), result.live().digest(), () -> result.rejected().toString());
    return result;
  }

  private int connections() {
    return runtime.connections().used();
  }

  private static Endpoint endpoint(Generation generation, int index) {
    Pool web =
        generation.pools().stream()
            .filter(pool -> pool.name().equals("ns/web/web"))
            .findFirst()
            .orElseThrow();
    return web.endpoints().all().get(index);
  }

  private static String sorted(Wire client, int count) throws IOException {
    var names = new java.util.TreeSet<String>();
    for (int i = 0; i < count; i++) {
      names.add(client.get("/").readResponse().body());
    }
    return String.join("", names);
  }

  private static boolean refuses(int port) {
    try (var wire = Wire.connect(port)) {
      return !wire.socket().isConnected();
    } catch (IOException e) {
      return true;
    }
  }
}
