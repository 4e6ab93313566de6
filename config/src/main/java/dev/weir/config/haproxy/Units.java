package dev.weir.config.haproxy;

import dev.weir.config.Durations;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/// HAProxy's numbers and times.
final class Units {
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");
  private static final Pattern TIME = Pattern.compile("([0-9]{1,18})(us|ms|s|m|h|d)?");
  private static final long MAX_MILLIS = Integer.MAX_VALUE;
  private static final long MICROS_PER_MILLI = 1000;

  private Units() {}

  /// A time in milliseconds: a whole number with `us`, `ms`, `s`, `m`, `h` or `d`; milliseconds
  /// without. Parts of a millisecond are rounded up.
  static long millis(String name, String text) throws Refusal {
    var matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw Refusal.value(
          "%s '%s' is not a time: write one whole number with us, ms, s, m, h or d, as in 500ms%s"
              .formatted(name, text, variableHint(text)));
    }
    long number = Long.parseLong(matcher.group(1));
    var unit = matcher.group(2) == null ? "ms" : matcher.group(2);
    long factor =
        switch (unit) {
          case "us", "ms" -> 1;
          case "s" -> 1000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        };
    if (number > MAX_MILLIS * (unit.equals("us") ? MICROS_PER_MILLI : 1) / factor) {
      throw Refusal.value(
          "%s '%s' is longer than HAProxy allows (about 24.8 days)".formatted(name, text));
    }
    return unit.equals("us") ? (number + MICROS_PER_MILLI - 1) / MICROS_PER_MILLI : number * factor;
  }

  /// As a manifest writes it.
  static String duration(long millis) {
    return Durations.format(Duration.ofMillis(millis));
  }

  /// A whole number.
  static int number(String name, String text, int min, int max) throws Refusal {
    if (!DIGITS.matcher(text).matches()) {
      throw Refusal.value(
          "%s '%s' is not a whole number%s".formatted(name, text, variableHint(text)));
    }
    long number = Long.parseLong(text);
    if (number < min || number > max) {
      throw Refusal.value("%s %s is not in %d to %d".formatted(name, text, min, max));
    }
    return (int) number;
  }

  /// What users of shells expect and HAProxy does not do.
  static String variableHint(String text) {
    return text.contains("$")
        ? "; variables are replaced inside double quotes only: \"" + text + "\""
        : "";
  }

  /// `a, b and c`.
  static String list(List<String> words) {
    int last = words.size() - 1;
    return last < 1
        ? String.join("", words)
        : String.join(", ", words.subList(0, last)) + " and " + words.get(last);
  }
}
