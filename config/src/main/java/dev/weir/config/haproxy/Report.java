package dev.weir.config.haproxy;

import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.Finding.Severity;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What became of a file.
///
/// @param findings errors for what is refused, notices for what is good to know; in the order of
///   lines
/// @param lines what became of each line that says something, by its 1-based number
public record Report(List<Finding> findings, SortedMap<Integer, Outcome> lines) {

  public Report {
    findings = List.copyOf(findings);
    lines = Collections.unmodifiableSortedMap(new TreeMap<>(lines));
  }

  /// What became of a line.
  public enum Outcome {
    /// It is in the LoadBalancer or the process settings, or says what holds anyway.
    Mapped,
    /// It has no effect here, and a notice says why.
    Noted,
    /// It is not understood, and an error says so.
    Refused
  }

  /// Whether anything was refused; then there is no LoadBalancer.
  public boolean failed() {
    return findings.stream().anyMatch(f -> f.severity() == Severity.Error);
  }

  /// How many lines came out that way.
  public long count(Outcome outcome) {
    return lines.values().stream().filter(outcome::equals).count();
  }
}
