package dev.weir.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers of bytes as Kubernetes quantities without a fraction: `512`, `32Ki`, `100M`.
public final class Sizes {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,15})(k|M|G|T|Ki|Mi|Gi|Ti)?");

  private Sizes() {}

  /// The number of bytes that the text says; -1 when it is not a size. Larger ones than a long can
  /// hold are the largest long.
  public static long parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return -1;
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    long factor =
        switch (unit == null ? "" : unit) {
          case "k" -> 1_000L;
          case "M" -> 1_000_000L;
          case "G" -> 1_000_000_000L;
          case "T" -> 1_000_000_000_000L;
          case "Ki" -> 1L << 10;
          case "Mi" -> 1L << 20;
          case "Gi" -> 1L << 30;
          case "Ti" -> 1L << 40;
          default -> 1L;
        };
    return number > Long.MAX_VALUE / factor ? Long.MAX_VALUE : number * factor;
  }

  /// The shortest text with a binary unit or none.
  public static String format(long bytes) {
    String[] units = {"", "Ki", "Mi", "Gi", "Ti"};
    int unit = 0;
    long value = bytes;
    while (value != 0 && value % 1024 == 0 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return value + units[unit];
  }
}
