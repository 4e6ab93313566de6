package dev.weir.config.haproxy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One line `log`.
///
/// @param stream where our access log can go the same way, `stdout` or `stderr`; null for syslog
///   and the like
/// @param accesses whether its level lets access logs through: those are of level `info`
/// @param line 1-based
record LogTarget(@Nullable String stream, boolean accesses, int line) {
  private static final Map<String, String> STREAMS =
      Map.of("stdout", "stdout", "stderr", "stderr", "fd@1", "stdout", "fd@2", "stderr");
  private static final List<String> LEVELS =
      List.of("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug");
  private static final Set<String> FORMATS =
      Set.of("local", "rfc3164", "rfc5424", "priority", "short", "timed", "iso", "raw");
  private static final Set<String> FACILITIES =
      Set.of(
          "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
          "auth2", "ftp", "ntp", "audit", "alert", "cron2", "local0", "local1", "local2", "local3",
          "local4", "local5", "local6", "local7");

  /// Reads what follows `log`, except `global`.
  static LogTarget parse(Arguments arguments) throws Refusal {
    var target = arguments.address("a target, such as stdout");
    if (arguments.take("len")) {
      Units.number("'log': len", arguments.next("the length of a line"), 80, 65_535);
    }
    if (arguments.take("format")) {
      format(arguments);
    }
    if (arguments.take("sample")) {
      throw Refusal.unsupported(
          "'sample' logs a part of the requests, which Weir cannot; remove it");
    }
    var facility = arguments.next("a facility, such as local0");
    if (!FACILITIES.contains(facility)) {
      throw Refusal.value("'log': there is no facility '%s'".formatted(facility));
    }
    int level = arguments.more() ? level(arguments) : LEVELS.size() - 1;
    if (arguments.more()) {
      level(arguments);
    }
    arguments.end();
    var stream = STREAMS.get(target);
    if (stream == null) {
      arguments.notice(
          "Differs",
          "Weir writes access logs to standard output (--log), not to '%s': leave it to what"
                  .formatted(target)
              + " collects the output of processes");
    }
    return new LogTarget(stream, level >= LEVELS.indexOf("info"), arguments.line());
  }

  private static void format(Arguments arguments) throws Refusal {
    var format = arguments.next("a format, such as raw");
    if (!FORMATS.contains(format)) {
      throw Refusal.value("'log': there is no format '%s'".formatted(format));
    }
    if (!format.equals("raw")) {
      arguments.notice(
          "Differs", "lines are written as with 'format raw', without the header of syslog");
    }
  }

  private static int level(Arguments arguments) throws Refusal {
    var word = arguments.next("a level");
    int level = LEVELS.indexOf(word);
    if (level < 0) {
      throw Refusal.value(
          "'log': there is no level '%s'; the levels are %s".formatted(word, Units.list(LEVELS)));
    }
    return level;
  }
}
