package dev.weir.proxy.corpus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes the tables of `docs/reference/http1-strictness.md`. Pure.
final class StrictnessPage {
  private final StringBuilder out = new StringBuilder();

  /// What two balancers did with a case.
  ///
  /// @param weir what we do, in a few words
  /// @param haproxy what HAProxy does, in a few words
  /// @param differs whether that is not the same
  record Row(Case of, String weir, String haproxy, boolean differs) {}

  /// Adds what is to be said about all cases of one kind.
  void add(String title, List<Row> rows) {
    long differ = rows.stream().filter(Row::differs).count();
    long refused = rows.stream().filter(r -> r.of().refused() || r.of().cut()).count();
    out.append("\n### ").append(title).append("\n\n");
    out.append(
        "%d cases: %d refused here, %d let through; HAProxy decides otherwise in %d.\n"
            .formatted(rows.size(), refused, rows.size() - refused, differ));
    var groups = new LinkedHashMap<String, List<Row>>();
    rows.forEach(r -> groups.computeIfAbsent(r.of().group(), g -> new ArrayList<>()).add(r));
    groups.forEach(this::group);
  }

  private void group(String name, List<Row> rows) {
    out.append("\n**").append(name).append("**\n\n");
    out.append("| cases | Weir | HAProxy | why they differ |\n| --- | --- | --- | --- |\n");
    Map<String, List<String>> lines = new LinkedHashMap<>();
    for (Row row : rows) {
      @Nullable String why = row.differs() ? row.of().haproxy() : null;
      String rest =
          " | %s | %s | %s |\n".formatted(row.weir(), row.haproxy(), why == null ? "" : why);
      lines.computeIfAbsent(rest, r -> new ArrayList<>()).add(cell(row.of().name()));
    }
    lines.forEach((rest, names) -> out.append("| ").append(String.join(", ", names)).append(rest));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_");
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
