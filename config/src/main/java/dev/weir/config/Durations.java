package dev.weir.config;

import java.time.Duration;
import java.util.regex.Pattern;

/// Gateway API durations (`250ms`, `1h30m`): one to four numbers of at most five digits, each with
/// a unit `h`, `m`, `s` or `ms`.
public final class Durations {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,5}(h|m|s|ms)){1,4}");
  private static final long MILLIS_PER_SECOND = 1_000;
  private static final long MILLIS_PER_MINUTE = 60 * MILLIS_PER_SECOND;
  private static final long MILLIS_PER_HOUR = 60 * MILLIS_PER_MINUTE;
  private static final long MAX_HOURS = 99_999;

  private Durations() {}

  /// Whether [#parse] would take the text.
  public static boolean valid(String text) {
    return FORM.matcher(text).matches();
  }

  /// The duration that the text says.
  ///
  /// @throws IllegalArgumentException when it is not a Gateway API duration
  public static Duration parse(String text) {
    if (!valid(text)) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration: use numbers with h, m, s or ms, as in 1h30m or 250ms");
    }
    long millis = 0;
    int at = 0;
    while (at < text.length()) {
      int digits = at;
      while (Character.isDigit(text.charAt(digits))) {
        digits++;
      }
      long number = Long.parseLong(text.substring(at, digits));
      char unit = text.charAt(digits);
      boolean isMillis =
          unit == 'm' && digits + 1 < text.length() && text.charAt(digits + 1) == 's';
      millis += number * (isMillis ? 1 : unitMillis(unit));
      at = digits + (isMillis ? 2 : 1);
    }
    return Duration.ofMillis(millis);
  }

  /// The canonical text: the largest units first, zero parts left out, `0s` for zero.
  ///
  /// @throws IllegalArgumentException when it is negative, finer than a millisecond, or longer than
  ///   99999 hours
  public static String format(Duration duration) {
    if (duration.isNegative() || duration.getNano() % 1_000_000 != 0) {
      throw new IllegalArgumentException(
          duration
              + " is negative or finer than a millisecond: a Gateway API duration cannot say it");
    }
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0s";
    }
    long hours = millis / MILLIS_PER_HOUR;
    if (hours > MAX_HOURS) {
      throw new IllegalArgumentException(duration + " is longer than 99999 hours");
    }
    var text = new StringBuilder();
    append(text, hours, "h");
    append(text, millis % MILLIS_PER_HOUR / MILLIS_PER_MINUTE, "m");
    append(text, millis % MILLIS_PER_MINUTE / MILLIS_PER_SECOND, "s");
    append(text, millis % MILLIS_PER_SECOND, "ms");
    return text.toString();
  }

  private static long unitMillis(char unit) {
    return switch (unit) {
      case 'h' -> MILLIS_PER_HOUR;
      case 'm' -> MILLIS_PER_MINUTE;
      default -> MILLIS_PER_SECOND;
    };
  }

  private static void append(StringBuilder text, long number, String unit) {
    if (number > 0) {
      text.append(number).append(unit);
    }
  }
}
