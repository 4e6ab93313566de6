package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.haproxy.Report.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The tables of the reference are those of the importer. Run with -Ddocs.update=true to write
/// them.
class ReferencePageTest {
  private static final Path PAGE = Path.of("../docs/reference/haproxy-import.md");

  @Test
  void thePageShowsTheTables() throws Exception {
    var page = Files.readString(PAGE);
    var wanted = page;
    wanted = replace(wanted, "global", rows(Directives.GLOBAL.values(), false));
    wanted = replace(wanted, "proxy", rows(Directives.PROXY.values(), true));
    wanted = replace(wanted, "server", rows(Directives.SERVER.values(), false));
    wanted = replace(wanted, "bind", rows(Directives.BIND.values(), false));
    wanted = replace(wanted, "refused", refused());
    if (Boolean.getBoolean("docs.update")) {
      Files.writeString(PAGE, wanted);
      page = wanted;
    }
    assertEquals(wanted, page, "run this test with -Ddocs.update=true");
  }

  private static String replace(String page, String region, String text) {
    var start = "<!-- generated: " + region + " -->\n";
    int from = page.indexOf(start) + start.length();
    int to = page.indexOf("<!-- end -->", from);
    return page.substring(0, from) + "\n" + text + "\n" + page.substring(to);
  }

  private static <D> String rows(Collection<Directive<D>> directives, boolean sections) {
    var text = new StringBuilder("| line | %sbecomes |\n".formatted(sections ? "in | " : ""));
    text.append(sections ? "|---|---|---|\n" : "|---|---|\n");
    var merged = new LinkedHashMap<String, String>();
    for (var row : directives) {
      var rest =
          (sections ? sections(row) + " | " : "")
              + (row.outcome() == Outcome.Noted ? "*noted*: " : "")
              + row.becomes();
      merged.merge(rest, "`" + row.words() + "`", (one, other) -> one + ", " + other);
    }
    merged.forEach((rest, words) -> text.append("| %s | %s |\n".formatted(words, rest)));
    return text.toString();
  }

  private static String sections(Directive<?> row) {
    return Stream.of(SectionKind.values())
        .filter(kind -> row.in().contains(kind) || row.ignoredIn().contains(kind))
        .map(kind -> row.in().contains(kind) ? kind.word() : "(" + kind.word() + ")")
        .collect(Collectors.joining(", "));
  }

  private static String refused() {
    var tables = new LinkedHashMap<String, Map<String, String>>();
    tables.put("sections", RefusedWords.SECTIONS);
    tables.put("in global", RefusedWords.GLOBAL);
    tables.put("in the other sections", RefusedWords.PROXY);
    tables.put("behind a server's address", RefusedWords.SERVER);
    tables.put("behind the addresses of bind", RefusedWords.BIND);
    var text = new StringBuilder("| where | words |\n|---|---|\n");
    tables.forEach(
        (where, words) -> text.append("| %s | %s |\n".formatted(where, list(words.keySet()))));
    return text.toString();
  }

  private static String list(Collection<String> words) {
    return List.copyOf(new TreeSet<>(words)).stream()
        .map(word -> "`" + word + "`")
        .collect(Collectors.joining(", "));
  }
}
