package dev.weir.config.manifest;

import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What plain YAML scalars mean. As kubectl reads them (YAML 1.1: `on`, `no`, `010`), so that one
/// file means the same everywhere.
final class Scalars {
  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE =
      Set.of("true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF");
  private static final Pattern INTEGER =
      Pattern.compile("([-+]?)(0x[0-9a-fA-F]+|0b[01]+|0o?[0-7]+|0|[1-9][0-9]*)");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  private Scalars() {}

  /// A String, Long, Double, Boolean, or null.
  static @Nullable Object resolve(String text) {
    if (NULLS.contains(text)) {
      return null;
    }
    if (TRUE.contains(text)) {
      return true;
    }
    if (FALSE.contains(text)) {
      return false;
    }
    char first = text.charAt(0);
    if (Character.isDigit(first) || first == '-' || first == '+' || first == '.') {
      return number(text, text.replace("_", ""));
    }
    return text;
  }

  private static Object number(String text, String digits) {
    var integer = INTEGER.matcher(digits);
    try {
      if (integer.matches()) {
        long value = integer(integer.group(2));
        return integer.group(1).equals("-") ? -value : value;
      }
      return FLOAT.matcher(digits).matches() ? Double.valueOf(digits) : text;
    } catch (NumberFormatException e) {
      return Double.valueOf(digits);
    }
  }

  private static long integer(String digits) {
    if (digits.startsWith("0x")) {
      return Long.parseLong(digits.substring(2), 16);
    }
    if (digits.startsWith("0b")) {
      return Long.parseLong(digits.substring(2), 2);
    }
    if (digits.startsWith("0o")) {
      return Long.parseLong(digits.substring(2), 8);
    }
    return digits.length() > 1 && digits.startsWith("0")
        ? Long.parseLong(digits, 8)
        : Long.parseLong(digits);
  }
}
