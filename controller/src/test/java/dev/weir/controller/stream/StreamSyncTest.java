package dev.weir.controller.stream;

import static dev.weir.controller.stream.StreamHarness.await;
import static dev.weir.controller.stream.StreamHarness.endpoints;
import static dev.weir.controller.stream.StreamHarness.lb;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.UnboundListener;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamSyncTest {
  private static final Resource A = lb("ns/a", "{\"a\":1}");
  private static final Resource A_POOL = endpoints("ns/a/p", "{\"ep\":1}");
  private static final Resource B = lb("ns/b", "{\"b\":1}");

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
  void aNewProxyGetsEverythingThenOnlyWhatChanges() throws Exception {
    var server = harness.startServer();
    harness.source.set(A, A_POOL, B);
    var proxy = harness.proxy("p1");
    await("first sync", () -> proxy.runs(List.of(A, A_POOL, B)) && proxy.current());
    assertEquals(3, server.metrics().upserts());
    assertFalse(proxy.client.status().stale());
    assertTrue(proxy.client.status().connected());

    Resource changed = lb("ns/b", "{\"b\":2}");
    harness.source.set(A, A_POOL, changed);
    await("delta", () -> proxy.runs(List.of(A, A_POOL, changed)) && proxy.current());
    assertEquals(4, server.metrics().upserts());
    assertEquals(0, server.metrics().endpointCommits());

    harness.source.set(A, A_POOL);
    await("removal", () -> proxy.runs(List.of(A, A_POOL)) && proxy.current());
    assertEquals(4, server.metrics().upserts());

    harness.source.set();
    await("an empty config is a config", () -> proxy.runs(List.of()) && proxy.current());
  }

  @Test
  void endpointsAloneTakeTheirOwnLane() throws Exception {
    var server = harness.startServer();
    harness.source.set(A, A_POOL);
    var proxy = harness.proxy("p1");
    await("first sync", proxy::current);
    assertEquals(0, server.metrics().endpointCommits());
    harness.source.put(endpoints("ns/a/p", "{\"ep\":2}"));
    await("endpoints", () -> proxy.runsWhatIsWanted() && proxy.current());
    assertEquals(1, server.metrics().endpointCommits());
    assertEquals(3, server.metrics().upserts());
  }

  @Test
  void whatIsNotKnownYetIsWaitedForAndNothingIsTakenAway() throws Exception {
    harness.startServer();
    var proxy = harness.proxy("p1");
    await("welcome", () -> proxy.client.status().connected());
    assertEquals(List.of(), proxy.applied);
    harness.source.set(A);
    await("first sync", () -> proxy.runs(List.of(A)));
  }

  @Test
  void nothingIsTransferredWhenTheDigestsMatchAfterTheControllerWasAway() throws Exception {
    harness.startServer();
    harness.source.set(A, A_POOL, B);
    var proxy = harness.proxy("p1");
    await("first sync", proxy::current);
    harness.stopServer();
    await("noticed", () -> !proxy.client.status().connected());
    assertFalse(proxy.client.status().stale(), "what runs was committed by a controller");

    harness.source.epoch("lease", 100, 2);
    var server = harness.startServer();
    await("adopted", proxy::current);
    assertEquals(0, server.metrics().upserts());
    assertEquals(1, server.metrics().emptyCommits());
    assertEquals(2, proxy.live.version().transitions());
  }

  @Test
  void whatChangedWhileTheControllerWasAwayIsAllThatIsSent() throws Exception {
    harness.startServer();
    harness.source.set(A, A_POOL, B);
    var proxy = harness.proxy("p1");
    await("first sync", proxy::current);
    harness.stopServer();
    harness.source.put(lb("ns/b", "{\"b\":2}"));
    var server = harness.startServer();
    await("caught up", () -> proxy.runsWhatIsWanted() && proxy.current());
    assertEquals(1, server.metrics().upserts());
  }

  @Test
  void oneBadLoadBalancerAmongTenKeepsItsLastGoodSetAndIsNotSentAgain() throws Exception {
    var server = harness.startServer();
    var good = new ArrayList<Resource>();
    for (int i = 0; i < 10; i++) {
      good.add(lb("ns/lb-" + i, "{\"v\":1}"));
    }
    Resource goodPool = endpoints("ns/lb-3/p", "{\"v\":1}");
    good.add(goodPool);
    harness.source.set(good.toArray(Resource[]::new));
    var proxy = harness.proxy("p1");
    await("first sync", proxy::current);

    var next = new ArrayList<Resource>();
    var expected = new ArrayList<Resource>();
    for (int i = 0; i < 10; i++) {
      next.add(lb("ns/lb-" + i, i == 3 ? "{\"v\":\"bad\"}" : "{\"v\":2}"));
      expected.add(i == 3 ? good.get(3) : next.get(i));
    }
    next.add(endpoints("ns/lb-3/p", "{\"v\":2}"));
    expected.add(goodPool);
    harness.source.set(next.toArray(Resource[]::new));
    await("nine change", () -> proxy.runs(expected) && proxy.current());
    SessionState state = proxy.state();
    assertEquals("ns/lb-3", state.rejected().getFirst().loadBalancer());
    assertEquals("bad is not good", state.rejected().getFirst().message());
    assertEquals(1, server.metrics().rejections());

    long sent = server.metrics().upserts();
    harness.source.put(lb("ns/lb-0", "{\"v\":3}"));
    await("others go on", () -> has(proxy, "ns/lb-0", "{\"v\":3}") && proxy.current());
    assertEquals(sent + 1, server.metrics().upserts(), "what was rejected is not sent again");
    assertEquals(1, proxy.state().rejected().size(), "and is still known");

    harness.source.put(lb("ns/lb-3", "{\"v\":3}"));
    await("repaired", () -> proxy.runsWhatIsWanted() && proxy.current());
    assertEquals(List.of(), proxy.state().rejected());
  }

  private static boolean has(StreamHarness.Proxy proxy, String name, String body) {
    return lb(name, body).equals(proxy.live.resources().get(lb(name, body).key()));
  }

  @Test
  void aRejectionIsRememberedOverReconnectsOfOneBuildAndForgottenForAnother() throws Exception {
    harness.startServer();
    harness.source.set(A, lb("ns/b", "bad"));
    var proxy = harness.proxy("p1");
    await("partial", proxy::current);
    long acks = harness.reports.acks.size();
    proxy.client.close();
    await("gone", () -> harness.server().sessions().isEmpty());

    long sent = harness.server().metrics().upserts();
    var again = harness.proxy("p1", "build-1", null);
    await("back", again::current);
    assertEquals(sent + 1, harness.server().metrics().upserts(), "A alone");
    await("reported", () -> harness.reports.acks.getLast().result() == Frame.Result.Applied);
    assertEquals(1, again.state().rejected().size());
    again.client.close();
    await("gone", () -> harness.server().sessions().isEmpty());

    var upgraded = harness.proxy("p1", "build-2", null);
    await("back", upgraded::current);
    assertEquals(sent + 3, harness.server().metrics().upserts(), "A, and B once more");
    await("reported", () -> harness.reports.acks.getLast().result() == Frame.Result.Partial);
    assertTrue(harness.reports.acks.size() > acks);
  }

  @Test
  void ofAHeldLoadBalancerEachProxyKeepsWhatItHas() throws Exception {
    harness.startServer();
    harness.source.set(A, A_POOL, B);
    var proxy = harness.proxy("p1");
    await("first sync", proxy::current);
    harness.stopServer();

    harness.source.set(Resources.of(List.of(lb("ns/b", "{\"b\":2}"))), Set.of("ns/a"));
    var server = harness.startServer();
    await("caught up", () -> proxy.runs(List.of(A, A_POOL, lb("ns/b", "{\"b\":2}"))));
    await("current", proxy::current);
    assertEquals(1, server.metrics().upserts());
    var fresh = harness.proxy("p2");
    await(
        "a proxy that has nothing of it gets nothing of it",
        () -> fresh.runs(List.of(lb("ns/b", "{\"b\":2}"))) && fresh.current());
  }

  @Test
  void aSlowProxySkipsVersionsAndTheOthersConverge() throws Exception {
    harness.startServer();
    harness.source.set(A);
    var slow = harness.proxy("slow");
    var fast = harness.proxy("fast");
    await("first sync", () -> slow.current() && fast.current());

    slow.hold();
    for (int i = 0; i < 50; i++) {
      harness.source.put(lb("ns/a", "{\"a\":" + (100 + i) + "}"));
      await("the fast one follows each", () -> fast.runsWhatIsWanted());
    }
    // A machine that pauses may make the fast one late for once, too.
    await(
        "seen as lagging",
        () ->
            slow.state().lagging()
                && harness.reports.lagging.stream().anyMatch(p -> p.proxyId().equals("slow")));
    int before = slow.applied.size();
    slow.release();
    await("caught up", () -> slow.runsWhatIsWanted() && slow.current());
    assertTrue(slow.applied.size() - before <= 2, "the one under way, then the latest");
    assertFalse(slow.state().lagging());
    assertTrue(slow.client.status().connected(), "pings are answered while it applies");
  }

  @Test
  void healthIsToldInFullAfterTheFirstAckThenAsThrottledChanges() throws Exception {
    harness.startServer();
    harness.source.set(A, A_POOL);
    var up = new EndpointHealth("ns/a/p", "10.0.0.1:80", true, "Initial", Instant.EPOCH);
    var proxy = harness.proxy("p1");
    proxy.health.add(up);
    await("full report", () -> !harness.reports.health.isEmpty());
    assertEquals(new Frame.Health(true, List.of(up)), harness.reports.health.getFirst());

    EndpointHealth last = up;
    for (int i = 0; i < 1_000; i++) {
      last =
          new EndpointHealth("ns/a/p", "10.0.0.1:80", i % 2 == 1, "flap", Instant.ofEpochMilli(i));
      proxy.client.healthChanged(last);
    }
    EndpointHealth expected = last;
    await(
        "the last change arrives",
        () -> harness.reports.health.getLast().changes().contains(expected));
    assertTrue(harness.reports.health.size() < 20, "and few of those in between");
    assertFalse(harness.reports.health.getLast().full());
  }

  @Test
  void listenersWithoutSocketsAreToldAgainWhenTheyChangeAfterTheApply() throws Exception {
    harness.startServer();
    harness.source.set(A);
    var proxy = harness.proxy("p1");
    await("first sync", proxy::current);
    var failed = new UnboundListener("ns/a", "http", "*", 80, "port 80 is in use");
    proxy.unbound = List.of(failed);
    harness.source.put(lb("ns/a", "{\"a\":2}"));
    await("told", () -> proxy.current() && proxy.state().unbound().equals(List.of(failed)));
    proxy.client.unboundChanged(List.of());
    await("told again", () -> proxy.state().unbound().isEmpty());
    assertTrue(proxy.current());
  }

  @Test
  void aProxyThatConnectsAgainEndsItsOlderConnection() throws Exception {
    harness.startServer();
    harness.source.set(A);
    var first = harness.proxy("p1");
    await("first sync", first::current);
    first.client.close();
    var second = harness.proxy("p1");
    await("one session", () -> second.current() && harness.server().sessions().size() == 1);
  }
}
