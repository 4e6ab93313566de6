package dev.weir.proxy.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.metrics.Family;
import dev.weir.config.metrics.ProcessFamily;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The tables of `docs/reference/metrics.md` and the code say the same. `-Ddocs.update=true` writes
/// the tables.
class MetricsReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "metrics.md");

  @Test
  void everyMetricIsDocumentedAndNothingElseIs() throws IOException {
    compare(
        "metrics",
        Stream.<Family>concat(
                Arrays.stream(ProcessFamily.values()), Arrays.stream(MetricFamily.values()))
            .map(f -> "| `%s` | %s | %s |".formatted(f.metricName(), f.type().label(), f.help()))
            .toList());
  }

  @Test
  void everyFailureIsDocumentedAndNothingElseIs() throws IOException {
    compare(
        "failures",
        Arrays.stream(Failure.values())
            .map(
                f ->
                    "| `%s` | %s | `%s` | %s |"
                        .formatted(
                            f.label(),
                            f.status() == 0 ? "closed" : f.status(),
                            f.letters(),
                            f.text()))
            .toList());
  }

  @Test
  void everyReasonOfARefusalIsDocumentedAndNothingElseIs() throws IOException {
    compare(
        "reasons",
        Arrays.stream(Refusal.values())
            .map(r -> "| `%s` | %s |".formatted(r.label(), r.text()))
            .toList());
  }

  private static void compare(String name, List<String> rows) throws IOException {
    String begin = "<!-- " + name + " -->\n";
    String end = "<!-- end of " + name + " -->\n";
    String page = Files.readString(PAGE);
    int from = page.indexOf(begin) + begin.length();
    int header = page.indexOf("|\n", page.indexOf("| --- ", from)) + 2;
    int to = page.indexOf(end);
    String expected = rows.stream().collect(Collectors.joining("\n", "", "\n"));
    if (Boolean.getBoolean("docs.update")) {
      Files.writeString(PAGE, page.substring(0, header) + expected + page.substring(to));
      return;
    }
    assertEquals(expected, page.substring(header, to));
  }
}
