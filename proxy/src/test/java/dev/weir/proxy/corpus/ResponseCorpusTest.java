package dev.weir.proxy.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every response of the corpus through a live proxy: what a client gets, and that its next request
/// gets its own answer.
class ResponseCorpusTest {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final List<Case> CASES = Corpus.load("responses");

  @TempDir private Path directory;

  @Test
  void whatIsRefusedBecomes502AndNothingBecomesTheNextResponse() throws Exception {
    assertTrue(CASES.size() >= 100, "only " + CASES.size() + " responses");
    var problems = new ArrayList<String>();
    var expected = new TreeMap<String, Integer>();
    try (var origin = ReplayingOrigin.start();
        var proxy = Balancer.weir(directory, origin.port())) {
      for (Case one : CASES) {
        String problem = Relayed.of(one, proxy.port(), origin, PATIENCE).differs(one);
        if (!problem.isEmpty()) {
          problems.add(problem);
        }
        if (one.reason() != null) {
          expected.merge(one.reason(), 1, Integer::sum);
        }
      }
      assertEquals("", String.join("\n", problems));
      assertEquals(expected, proxy.refusals(), "refusals by reason");
    }
  }
}
