package dev.weir.controller.tools;

import java.util.ArrayList;
import java.util.List;

/// Rows of words in columns that are as wide as they need to be.
final class Table {
  private static final int GAP = 3;

  private final String indent;
  private final List<List<String>> rows = new ArrayList<>();

  /// @param indent what each line starts with
  Table(String indent) {
    this.indent = indent;
  }

  Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  /// The lines, without spaces at their ends.
  @Override
  public String toString() {
    var widths = new ArrayList<Integer>();
    for (var row : rows) {
      for (int i = 0; i < row.size(); i++) {
        int width = row.get(i).length();
        if (i == widths.size()) {
          widths.add(width);
        } else {
          widths.set(i, Math.max(widths.get(i), width));
        }
      }
    }
    var text = new StringBuilder();
    for (var row : rows) {
      var line = new StringBuilder(indent);
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        line.append(cell).append(" ".repeat(widths.get(i) - cell.length() + GAP));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
