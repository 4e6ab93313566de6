package dev.weir.controller.stream;

import static dev.weir.controller.stream.StreamHarness.await;
import static dev.weir.controller.stream.StreamHarness.endpoints;
import static dev.weir.controller.stream.StreamHarness.lb;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.controller.stream.StreamMetrics.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class StreamLimitsTest {
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
  void aFleetOfManyResourcesSyncsResumesAndChangesByOne() throws Exception {
    var server = harness.startServer();
    Resources all = Resources.EMPTY;
    int count = 10_500;
    for (int i = 0; i < count; i++) {
      all = all.with(lb("ns/lb-" + i, "{\"v\":1}")).with(endpoints("ns/lb-" + i + "/p", "{}"));
    }
    harness.source.set(all, Set.of());
    var proxy = harness.proxy("p1");
    await("first sync", proxy::current);
    assertEquals(2L * count, server.metrics().upserts());

    harness.stopServer();
    var again = harness.startServer();
    await("resumed", proxy::current);
    assertEquals(0, again.metrics().upserts());
    harness.source.put(endpoints("ns/lb-77/p", "{\"v\":2}"));
    await("one change", () -> proxy.runsWhatIsWanted() && proxy.current());
    assertEquals(1, again.metrics().upserts());
  }

  @Test
  void aProxyThatTakesNothingIsClosedAndTheOthersConverge() throws Exception {
    StreamServerOptions options = StreamHarness.options(0);
    var server =
        harness.startServer(
            new StreamServerOptions(
                options.controller(),
                options.address(),
                0,
                options.pingInterval(),
                options.handshakeTimeout(),
                Duration.ofMillis(200),
                Duration.ofSeconds(10),
                16,
                100));
    harness.source.set(lb("ns/a", "{}"));
    var fast = harness.proxy("fast");
    var deaf =
        RawPeer.connect(
            harness.directory, server.port(), "Bearer fleet-token", "/stream/v1/fleets/edge");
    deaf.deaf = true;
    String padding = " ".repeat(1 << 20);
    Resource[] large = new Resource[16];
    for (int i = 0; i < large.length; i++) {
      large[i] = lb("ns/large-" + i, "{" + padding + "}");
    }
    harness.source.put(large);
    deaf.send(RawPeer.HELLO);
    await("two sessions", () -> server.sessions().size() == 2);
    await("the fast one has it", () -> fast.runsWhatIsWanted() && fast.current());
    await(
        "the other is closed",
        () ->
            harness.reports.disconnected.stream()
                .anyMatch(reason -> reason.contains("it reads nothing for 10 s")));
    assertEquals(1, server.sessions().size());
    assertEquals(1, server.metrics().refused(Refusal.Unresponsive));
  }

  @Test
  void aPeerThatAnswersNoPingIsClosedAndAProxyThatIsBusyApplyingIsNot() throws Exception {
    var server = harness.startServer(StreamHarness.options(0, Duration.ofMillis(1500)));
    harness.source.set(lb("ns/a", "{}"));
    var busy = harness.proxy("busy");
    await("first sync", busy::current);
    busy.hold();
    harness.source.put(lb("ns/a", "{\"v\":2}"));
    await("busy", () -> !harness.reports.lagging.isEmpty());
    var mute =
        RawPeer.connect(
            harness.directory, server.port(), "Bearer fleet-token", "/stream/v1/fleets/edge");
    mute.send(RawPeer.HELLO);
    await("closed", () -> mute.closed);
    await("reported", () -> !harness.reports.disconnected.isEmpty());
    assertEquals(List.of("no answer to pings"), harness.reports.disconnected);
    assertTrue(busy.client.status().connected());
    busy.release();
    await("caught up", () -> busy.runsWhatIsWanted() && busy.current());
  }

  @Test
  void tokensAndKeysAreInNoLogLineAtAnyLevel() throws Exception {
    var root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    var ours = (Logger) LoggerFactory.getLogger("dev.weir");
    Level before = root.getLevel();
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    var console = root.getAppender("STDERR");
    root.detachAppender(console);
    root.addAppender(lines);
    root.setLevel(Level.TRACE);
    ours.setLevel(Level.TRACE);
    try {
      harness.startServer();
      harness.source.set(lb("ns/a", "{}"));
      Files.writeString(harness.directory.resolve("token"), "a-very-secret-wrong-token");
      var proxy = harness.proxy("p1");
      await("refused", () -> proxy.problem().contains("401"));
      Files.writeString(harness.directory.resolve("token"), StreamHarness.TOKEN);
      await("in", proxy::current);
    } finally {
      root.detachAppender(lines);
      root.addAppender(console);
      root.setLevel(before);
      ours.setLevel(Level.INFO);
    }
    List<ILoggingEvent> events = List.copyOf(lines.list);
    assertTrue(events.stream().anyMatch(e -> e.getFormattedMessage().contains("BadToken")));
    for (ILoggingEvent event : events) {
      String line = event.getFormattedMessage();
      assertFalse(line.contains("a-very-secret-wrong-token"), line);
      assertFalse(line.contains(StreamHarness.TOKEN), line);
      assertFalse(line.contains("PRIVATE KEY"), line);
    }
  }
}
