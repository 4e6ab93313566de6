package dev.weir.proxy.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.corpus.Stranger.Reading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every request of the corpus against a live proxy whose origin keeps every byte.
class RequestCorpusTest {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final List<Case> CASES = Corpus.load("requests");

  @TempDir private static Path directory;

  /// What the origin got, cut where a case says that another parser will not read it.
  private static final List<Recorded> RECORDED = new ArrayList<>();

  /// @param refusing the parser that need not read all of it, and why; empty for none
  private record Recorded(byte[] bytes, String refusing) {}

  @BeforeAll
  static void whatIsRefusedNeverReachesTheOriginAndWhatIsAcceptedDoesAsItWasMeant()
      throws Exception {
    assertTrue(CASES.size() >= 300, "only " + CASES.size() + " requests");
    var problems = new ArrayList<String>();
    var expected = new TreeMap<String, Integer>();
    try (var origin = RecordingOrigin.start();
        var proxy = Balancer.weir(directory, origin.port())) {
      for (Case one : CASES) {
        if (one.strangers() != null) {
          record(origin, "");
        }
        String problem = Verdict.ofRequest(one, proxy.port(), origin, PATIENCE).differs(one);
        if (!problem.isEmpty()) {
          problems.add(problem);
        }
        if (one.strangers() != null) {
          record(origin, one.strangers());
        }
        if (one.reason() != null) {
          expected.merge(one.reason(), 1, Integer::sum);
        }
      }
      record(origin, "");
      assertEquals("", String.join("\n", problems));
      assertEquals(expected, proxy.refusals(), "refusals by reason");
    }
  }

  private static void record(RecordingOrigin origin, String refusing) {
    origin.takeBytes().forEach(bytes -> RECORDED.add(new Recorded(bytes, refusing)));
  }

  @Test
  void nodeReadsWhatTheOriginGotAsNettyDoes() throws Exception {
    compare(Stranger.node());
  }

  @Test
  void goReadsWhatTheOriginGotAsNettyDoes() throws Exception {
    compare(Stranger.go(directory));
  }

  /// Where two readings part; empty when they are equal.
  private static String difference(Reading ours, Reading theirs) {
    if (ours.equals(theirs)) {
      return "";
    }
    int at = 0;
    int both = Math.min(ours.messages().size(), theirs.messages().size());
    while (at < both && ours.messages().get(at).equals(theirs.messages().get(at))) {
      at++;
    }
    return "message %d: %s and %s"
        .formatted(
            at,
            new Reading(
                ours.messages().subList(at, Math.min(at + 2, ours.messages().size())), ours.end()),
            new Reading(
                theirs.messages().subList(at, Math.min(at + 2, theirs.messages().size())),
                theirs.end()));
  }

  private static void compare(Stranger stranger) throws Exception {
    List<Reading> readings = stranger.read(RECORDED.stream().map(Recorded::bytes).toList());
    assertEquals(RECORDED.size(), readings.size());
    int messages = 0;
    for (int i = 0; i < readings.size(); i++) {
      Recorded recorded = RECORDED.get(i);
      Reading ours = Stranger.netty(recorded.bytes());
      Reading theirs = readings.get(i);
      messages += ours.messages().size();
      if (recorded.refusing().startsWith(stranger.name() + ":")) {
        int count = Math.min(theirs.messages().size(), ours.messages().size());
        ours = new Reading(ours.messages().subList(0, count), theirs.end());
      }
      assertEquals("", difference(ours, theirs), stranger.name());
    }
    assertTrue(messages > 400, "only " + messages);
  }
}
