package dev.weir.proxy.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.corpus.StrictnessPage.Row;
import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.Needs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The corpus against HAProxy: its verdicts beside ours, each difference with its reason, as
/// `docs/reference/http1-strictness.md` has them. `-Ddocs.update=true` writes the tables.
class HaproxyVerdictsTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "http1-strictness.md");
  private static final String BEGIN = "<!-- verdicts -->\n";
  private static final String END = "<!-- end of verdicts -->\n";
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final int WARM_UP = 50;

  @TempDir private Path directory;

  @Test
  void everyDifferenceFromHaproxyHasItsReasonAndThePageSaysSo() throws Exception {
    Path program = HaproxyProcess.find();
    Needs.that(
        program != null && version(program).startsWith("3.2."),
        "no HAProxy 3.2: bench/peers/peers get");
    assert program != null;
    String before = Files.readString(PAGE);
    int from = before.indexOf(BEGIN) + BEGIN.length();
    int to = before.indexOf(END);
    if (Boolean.getBoolean("docs.update")) {
      Result now = run(program);
      Files.writeString(PAGE, before.substring(0, from) + now.page() + before.substring(to));
      assertEquals("", now.unexplained());
      return;
    }
    var wanted = new Result(before.substring(from, to), "");
    Result result = run(program);
    // A deadline of HAProxy may have passed on a machine that was busy: once more, then.
    assertEquals(wanted, result.equals(wanted) ? result : run(program));
  }

  /// @param page the tables
  /// @param unexplained differences without a reason and reasons without a difference
  private record Result(String page, String unexplained) {}

  private Result run(Path program) throws Exception {
    List<Row> requests = requests(program);
    List<Row> responses = responses(program);
    var page = new StrictnessPage();
    page.add("Requests", requests);
    page.add("Responses", responses);
    var all = Stream.concat(requests.stream(), responses.stream()).toList();
    return new Result(page + "\n", unexplained(all));
  }

  private static String version(Path program) throws IOException {
    Process process = new ProcessBuilder(program.toString(), "-v").start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return text.replaceFirst("(?s).*?version (\\S+).*", "$1");
  }

  private List<Row> requests(Path program) throws Exception {
    var rows = new ArrayList<Row>();
    try (var origin = RecordingOrigin.start();
        var haproxy = Balancer.haproxy(program, directory, origin.port())) {
      List<Case> cases = Corpus.load("requests");
      warm(cases.getLast(), one -> Verdict.ofRequest(one, haproxy.port(), origin, PATIENCE));
      for (Case one : cases) {
        Verdict theirs = Verdict.ofRequest(one, haproxy.port(), origin, PATIENCE);
        // What becomes of a half-closed client depends on moments there.
        String there = one.closes() ? "not compared" : words(theirs, null);
        boolean differs = !one.closes() && differs(one, theirs);
        rows.add(new Row(one, words(Verdict.wanted(one), one), there, differs));
      }
    }
    return rows;
  }

  private static boolean differs(Case one, Verdict theirs) {
    Verdict ours = Verdict.wanted(one);
    return !ours.forwarded().equals(theirs.forwarded())
        || ours.sentinel() != theirs.sentinel()
        || one.refused() != (theirs.status() != 0 || theirs.forwarded().isEmpty());
  }

  private static String words(Verdict verdict, @Nullable Case ours) {
    var words = new ArrayList<String>();
    if (!verdict.forwarded().isEmpty()) {
      int count = verdict.forwarded().size();
      words.add(count == 1 ? "forwards" : "forwards " + count);
    }
    if (verdict.status() != 0) {
      words.add(verdict.status() + (ours == null ? "" : " `" + ours.reason() + "`"));
    } else if (words.isEmpty()) {
      words.add(verdict.end().equals("open") ? "waits" : "closes");
    } else if (!verdict.sentinel()) {
      words.add("closes");
    }
    return String.join(", ", words);
  }

  /// Runs a usual case until nothing is slow because it is new.
  private static void warm(Case usual, Once once) throws IOException {
    for (int i = 0; i < WARM_UP; i++) {
      once.run(usual);
    }
  }

  /// Runs a case.
  private interface Once {
    Record run(Case one) throws IOException;
  }

  private List<Row> responses(Path program) throws Exception {
    var rows = new ArrayList<Row>();
    try (var origin = ReplayingOrigin.start();
        var haproxy = Balancer.haproxy(program, directory, origin.port())) {
      List<Case> cases = Corpus.load("responses");
      warm(cases.getLast(), one -> Relayed.of(one, haproxy.port(), origin, PATIENCE));
      for (Case one : cases) {
        Relayed ours = Relayed.wanted(one);
        Relayed theirs = Relayed.of(one, haproxy.port(), origin, PATIENCE);
        // Whether an interim response is sent before the end is seen depends on moments there.
        boolean compared = !one.closes() || one.messages().isEmpty() || !one.refused();
        boolean differs =
            compared
                && ((ours.status() != 0) != (theirs.status() != 0)
                    || ours.cut() != theirs.cut()
                    || !ours.messages().equals(theirs.messages()));
        String there = compared ? words(theirs, null) : "not compared";
        rows.add(new Row(one, words(ours, one), there, differs));
      }
    }
    return rows;
  }

  private static String words(Relayed relayed, @Nullable Case ours) {
    String reason = ours == null || ours.reason() == null ? "" : " `" + ours.reason() + "`";
    String first = relayed.messages().isEmpty() ? "" : "relays";
    String then =
        relayed.status() != 0
            ? relayed.status() + reason
            : relayed.cut() ? "cuts" + reason : first.isEmpty() ? "closes" : "";
    return Stream.of(first, then)
        .filter(w -> !w.isEmpty())
        .reduce((a, b) -> a + ", " + b)
        .orElse("");
  }

  /// Every difference that has no reason, and every reason that has no difference.
  private static String unexplained(List<Row> rows) {
    return rows.stream()
        .filter(row -> row.differs() != (row.of().haproxy() != null))
        .map(
            row ->
                "%s: %s here, %s there, but the corpus says: %s"
                    .formatted(row.of(), row.weir(), row.haproxy(), row.of().haproxy()))
        .collect(Collectors.joining("\n"));
  }
}
