package dev.weir.controller.stream;

import static dev.weir.controller.stream.StreamHarness.await;
import static dev.weir.controller.stream.StreamHarness.endpoints;
import static dev.weir.controller.stream.StreamHarness.lb;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.stream.Resource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastKnownGoodTest {
  private static final Resource A = lb("ns/a", "{\"a\":1}");
  private static final Resource A_POOL = endpoints("ns/a/p", "{\"ep\":1}");
  private static final Resource B = lb("ns/b", "{\"b\":1}");

  private StreamHarness harness;
  private Path state;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    harness = new StreamHarness(directory);
    state = directory.resolve("state");
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  private Path file() {
    return state.resolve("last-known-good");
  }

  /// A proxy that got A and B from a controller, both gone now.
  private void pastLife() throws Exception {
    harness.startServer();
    harness.source.set(A, A_POOL, B);
    var proxy = harness.proxy("p1", "build-1", state);
    await("first sync", proxy::current);
    await("written", () -> Files.exists(file()));
    proxy.client.close();
    harness.stopServer();
  }

  @Test
  void aProxyStartsFromItWhileTheControllerIsAwayAndSaysSo() throws Exception {
    pastLife();
    var proxy = harness.proxy("p1", "build-1", state);
    await("serves", () -> proxy.runs(List.of(A, A_POOL, B)));
    assertTrue(proxy.client.status().stale());
    assertFalse(proxy.client.status().connected());

    var server = harness.startServer();
    await("confirmed", proxy::current);
    assertFalse(proxy.client.status().stale());
    assertEquals(0, server.metrics().upserts(), "nothing is transferred when digests match");
    assertEquals(2, proxy.applied.size());
  }

  @Test
  void aProxyWhoseControllerIsThereStartsWithWhatIsWantedNow() throws Exception {
    pastLife();
    var server = harness.startServer();
    harness.source.put(lb("ns/b", "{\"b\":2}"));
    harness.grace = Duration.ofSeconds(30);
    var proxy = harness.proxy("p1", "build-1", state);
    await("current", proxy::current);
    assertEquals(1, proxy.applied.size(), "the old set never ran");
    assertTrue(proxy.runsWhatIsWanted());
    assertEquals(1, server.metrics().upserts());
  }

  @Test
  void aControllerThatKnowsNothingYetDoesNotHoldUpTheStart() throws Exception {
    pastLife();
    harness.source.forget();
    harness.startServer();
    var proxy = harness.proxy("p1", "build-1", state);
    await("serves", () -> proxy.runs(List.of(A, A_POOL, B)));
    assertTrue(proxy.client.status().stale());
    await("connected", () -> proxy.client.status().connected());
  }

  @Test
  void itIsReplacedAsConfigsChangeAndReadableByItsOwnerAlone() throws Exception {
    harness.startServer();
    harness.source.set(A);
    var proxy = harness.proxy("p1", "build-1", state);
    await("written", () -> Files.exists(file()));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    harness.source.put(lb("ns/a", "{\"a\":\"second\"}"));
    await("written again", () -> contains("second"));
    harness.source.put(lb("ns/a", "{\"a\":\"bad third\"}"));
    await("rejected", () -> !proxy.state().rejected().isEmpty());
    proxy.client.close();
    assertTrue(contains("second"), "what was rejected is not written");
    assertFalse(contains("third"));
  }

  private boolean contains(String text) {
    try {
      return Files.readString(file()).contains(text);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aDamagedFileIsNotUsed() throws Exception {
    pastLife();
    String whole = Files.readString(file());
    for (String damaged :
        List.of(
            "",
            "garbage\n",
            whole.substring(0, whole.length() / 2),
            whole.replace("{\"b\":1}", "{\"b\":7}"),
            whole.replace("fleets/edge", "fleets/other"),
            whole.replace("\"upserts\":3", "\"upserts\":2"))) {
      Files.writeString(file(), damaged);
      var proxy = harness.proxy("p1", "build-1", state);
      await("tried", () -> proxy.problem().contains("cannot connect"));
      proxy.client.close();
      assertEquals(List.of(), proxy.applied, damaged);
    }
  }

  @Test
  void aProxyFollowsNoControllerThatWasReplacedAlsoAfterARestart() throws Exception {
    harness.source.epoch("lease", 100, 7);
    pastLife();
    harness.source.epoch("lease", 100, 6);
    harness.source.put(lb("ns/b", "{\"b\":2}"));
    harness.startServer();
    var proxy = harness.proxy("p1", "build-1", state);
    await("serves", () -> proxy.runs(List.of(A, A_POOL, B)));
    await(
        "refused",
        () -> harness.reports.disconnected.stream().anyMatch(r -> r.contains("replaced")));

    harness.source.epoch("older-lease", 50, 99);
    await("an older Lease too", () -> lastRefusal().contains("99.0"));
    assertTrue(proxy.runs(List.of(A, A_POOL, B)));
    harness.source.epoch("younger-lease", 200, 0);
    await("a younger Lease is followed", () -> proxy.runsWhatIsWanted() && proxy.current());
    assertFalse(proxy.client.status().stale());
  }

  private String lastRefusal() {
    return harness.reports.disconnected.stream()
        .filter(r -> r.contains("99.0"))
        .findAny()
        .orElse("");
  }
}
