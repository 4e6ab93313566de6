package dev.weir.config.haproxy;

import dev.weir.config.Violation;
import dev.weir.config.haproxy.Report.Outcome;
import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.Finding.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Collects what becomes of every line. A line that is understood stays pending until something
/// makes use of it. Used by one thread and thrown away.
final class ReportDraft {
  /// More errors, and more notices, than this help nobody.
  private static final int MAX = 1000;

  private final String file;
  private int errors;
  private int notices;
  private final List<Finding> findings = new ArrayList<>();
  private final Set<Finding> known = new HashSet<>();
  private final Map<Integer, Outcome> outcomes = new TreeMap<>();
  private final Map<Integer, String> pending = new HashMap<>();

  ReportDraft(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  /// The line is understood; [#used] is to follow, or the line has no effect.
  ///
  /// @param where its section
  void pending(int line, String where) {
    pending.put(line, where);
    outcomes.putIfAbsent(line, Outcome.Mapped);
  }

  /// The line has an effect, or says what holds anyway.
  void used(int line) {
    pending.remove(line);
    outcomes.putIfAbsent(line, Outcome.Mapped);
  }

  /// The line has no effect here.
  void noted(int line, String where, String message) {
    used(line);
    outcomes.merge(line, Outcome.Noted, ReportDraft::worse);
    notice(line, where, "Noted", message);
  }

  /// As [#noted], for lines that need no words of their own.
  void noted(int line) {
    used(line);
    outcomes.merge(line, Outcome.Noted, ReportDraft::worse);
  }

  /// Something about the line is good to know.
  void notice(int line, String where, String rule, String message) {
    if (++notices <= MAX) {
      add(Severity.Notice, line, where, rule, message);
    }
  }

  /// The line is not understood.
  void refused(int line, String where, Refusal refusal) {
    refused(line);
    if (++errors <= MAX) {
      add(Severity.Error, line, where, refusal.rule(), refusal.text());
    }
  }

  /// Whether there are so many errors that looking for more is pointless: lines are just refused.
  boolean full() {
    return errors > MAX;
  }

  /// As [#refused], for lines of a section that is refused as a whole.
  void refused(int line) {
    used(line);
    if (line > 0) {
      outcomes.put(line, Outcome.Refused);
    }
  }

  /// Whether a line is refused already.
  boolean isRefused(int line) {
    return outcomes.get(line) == Outcome.Refused;
  }

  boolean failed() {
    return errors > 0;
  }

  Report finish() {
    if (!failed()) {
      new TreeMap<>(pending)
          .forEach(
              (line, where) ->
                  noted(
                      line,
                      where,
                      "has no effect: another line overrides it, or nothing here makes use of it"));
    }
    findings.sort(Comparator.comparingInt(Finding::line));
    more(Severity.Error, "errors", errors);
    more(Severity.Notice, "notices", notices);
    return new Report(findings, new TreeMap<>(outcomes));
  }

  private void more(Severity severity, String what, int count) {
    if (count > MAX) {
      add(severity, 0, "", "TooMany", "there are %d more %s".formatted(count - MAX, what));
    }
  }

  private void add(Severity severity, int line, String where, String rule, String message) {
    var finding = new Finding(severity, file, line, new Violation(where, rule, message));
    if (known.add(finding)) {
      findings.add(finding);
    }
  }

  private static Outcome worse(Outcome left, Outcome right) {
    return left.compareTo(right) >= 0 ? left : right;
  }
}
