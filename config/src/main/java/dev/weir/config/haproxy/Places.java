package dev.weir.config.haproxy;

import dev.weir.config.manifest.Locator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Remembers which line each field comes from, and so which lines have an effect. Used by one
/// thread.
final class Places {
  private final ReportDraft report;
  private final Map<String, Integer> lines = new HashMap<>();

  Places(ReportDraft report) {
    this.report = report;
  }

  /// The value, whose line thereby has an effect; null when there is none.
  ///
  /// @param path the field that it goes into, as in [dev.weir.config.Violation#path]
  <T> @Nullable T use(@Nullable Setting<T> setting, String path) {
    if (setting == null) {
      return null;
    }
    put(path, setting.line());
    return setting.value();
  }

  void put(String path, int line) {
    report.used(line);
    lines.putIfAbsent(path, line);
  }

  /// Finds the line of a field, or of the nearest field above it.
  Locator locator() {
    var known = Map.copyOf(lines);
    var file = report.file();
    return (loadBalancer, path) -> {
      var at = path;
      while (!at.isEmpty() && !known.containsKey(at)) {
        at = at.substring(0, Math.max(0, above(at)));
      }
      return new Locator.Location(file, known.getOrDefault(at, 0));
    };
  }

  /// Where the last step of the path begins; steps in brackets may have dots.
  private static int above(String path) {
    int depth = 0;
    for (int i = path.length() - 1; i >= 0; i--) {
      char c = path.charAt(i);
      if (c == ']') {
        depth++;
      } else if (c == '[' && --depth == 0) {
        return i;
      } else if (c == '.' && depth == 0) {
        return i;
      }
    }
    return 0;
  }
}
