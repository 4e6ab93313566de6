package dev.weir.config.manifest;

import dev.weir.config.Violation;
import java.util.ArrayList;
import java.util.List;

/// Collects what there is to say about one file. Used by one thread and thrown away.
final class Findings {
  /// More than this many help nobody.
  private static final int MAX = 1000;

  private final String file;
  private final List<Finding> found = new ArrayList<>();
  private int errors;

  Findings(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  void error(int line, String path, String rule, String message) {
    errors++;
    add(Finding.Severity.Error, line, path, rule, message);
  }

  void notice(int line, String path, String rule, String message) {
    add(Finding.Severity.Notice, line, path, rule, message);
  }

  private void add(Finding.Severity severity, int line, String path, String rule, String message) {
    if (found.size() < MAX) {
      found.add(new Finding(severity, file, line, new Violation(path, rule, message)));
    }
  }

  /// How many errors there are so far, the dropped ones included.
  int errors() {
    return errors;
  }

  List<Finding> all() {
    return found;
  }
}
