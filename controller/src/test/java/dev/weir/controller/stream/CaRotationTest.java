package dev.weir.controller.stream;

import static dev.weir.controller.stream.StreamHarness.await;
import static dev.weir.controller.stream.StreamHarness.lb;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From one CA to the next in three steps, while proxies come and go.
class CaRotationTest {
  private StreamHarness harness;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    harness = new StreamHarness(directory);
    harness.startServer();
    harness.source.set(lb("ns/a", "{}"));
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void noStreamIsCutAndWhoKnowsOneOfBothIsServedUntilTheOldOneIsForgotten() throws Exception {
    String old = harness.ca().get().certificatePem();
    var there = connected("there");
    step();
    String both = harness.ca().get().certificatePem();
    assertTrue(both.startsWith(old) && both.length() > old.length(), both);
    connected("knows-the-old-one");

    trust(both);
    connected("knows-both");
    step();
    connected("knows-both-after-the-change");
    trust(old);
    var late = harness.proxy("late");
    await("who missed it is refused by itself", () -> late.problem().contains("certi"));

    step();
    String next = harness.ca().get().certificatePem();
    assertEquals(both, old + next);
    trust(next);
    connected("knows-the-new-one");
    await("also who was late comes back", late::runsWhatIsWanted);
    assertNotEquals(old, next);
    assertEquals(1, there.applied.size());
    assertEquals(0, harness.reports.disconnected.size(), harness.reports.disconnected::toString);
  }

  private StreamHarness.Proxy connected(String id) throws Exception {
    var proxy = harness.proxy(id);
    await(id, proxy::runsWhatIsWanted);
    return proxy;
  }

  private void step() throws Exception {
    CaStore.Material before = harness.caStore.load();
    harness.caStore.replace(before, ControllerCa.rotated(before, Instant.now()));
    harness.ca().refresh();
  }

  private void trust(String pem) throws Exception {
    Files.writeString(harness.directory.resolve("ca.crt"), pem);
  }
}
