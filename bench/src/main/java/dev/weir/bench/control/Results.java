package dev.weir.bench.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The rows that were measured, as a table in `docs/benchmarks.md`.
final class Results {
  private static final String BEGIN = "<!-- control -->\n";
  private static final String END = "<!-- end of control -->\n";

  private final List<String> rows = new ArrayList<>();

  /// Adds a row and prints it.
  void row(String what, String goal, String measured, String floor, String share) {
    String row = "| %s | %s | %s | %s | %s |".formatted(what, goal, measured, floor, share);
    rows.add(row);
    System.out.println(row);
  }

  /// Writes the rows into the page.
  void write(Path page, String heading) throws IOException {
    String text = Files.readString(page);
    int from = text.indexOf(BEGIN) + BEGIN.length();
    int to = text.indexOf(END);
    if (to < 0) {
      throw new IOException(page + " has no place for the rows");
    }
    String table =
        heading
            + "\n\n| what | goal | measured | API server alone | CPU of controller; API server |\n"
            + "|---|---:|---:|---:|---:|\n"
            + String.join("\n", rows)
            + "\n";
    Files.writeString(page, text.substring(0, from) + table + text.substring(to));
  }
}
