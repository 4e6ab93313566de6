package dev.weir.config.haproxy;

import dev.weir.config.HeaderVariable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns HAProxy's log-format strings, which are the values of header edits too, into values of the
/// manifest. Used by one thread and thrown away.
final class LogFormatText {
  private static final Map<String, HeaderVariable> ALIASES =
      Map.of(
          "ci", HeaderVariable.CLIENT_ADDRESS,
          "cp", HeaderVariable.CLIENT_PORT,
          "f", HeaderVariable.LISTENER,
          "ft", HeaderVariable.LISTENER,
          "s", HeaderVariable.ENDPOINT,
          "ID", HeaderVariable.REQUEST_ID);
  private static final Map<String, HeaderVariable> SAMPLES =
      Map.of(
          "src", HeaderVariable.CLIENT_ADDRESS,
          "src_port", HeaderVariable.CLIENT_PORT,
          "fe_name", HeaderVariable.LISTENER,
          "srv_name", HeaderVariable.ENDPOINT,
          "unique-id", HeaderVariable.REQUEST_ID);
  private static final String KNOWN =
      "what Weir has is %[src], %[src_port], %[fe_name], %[srv_name] and %[unique-id], also written"
          + " %ci, %cp, %f, %s and %ID";

  private final String format;
  private final StringBuilder value = new StringBuilder();
  private int at;

  private LogFormatText(String format) {
    this.format = format;
  }

  /// The value that stands for the same.
  static String value(String format) throws Refusal {
    return new LogFormatText(format).read();
  }

  private String read() throws Refusal {
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '%') {
        value.append(c);
      } else if (format.startsWith("%", at)) {
        at++;
        value.append("%%");
      } else {
        value.append("%{").append(variable().word()).append('}');
      }
    }
    return value.toString();
  }

  private HeaderVariable variable() throws Refusal {
    int start = at - 1;
    if (format.startsWith("{", at)) {
      throw Refusal.unsupported(
          "'%{' starts flags of a log format, which Weir does not have: write the variable alone");
    }
    @Nullable HeaderVariable found;
    if (format.startsWith("[", at)) {
      int end = format.indexOf(']', at);
      if (end < 0) {
        throw Refusal.value("'%[' is not closed by ']' in '" + format + "'");
      }
      found = SAMPLES.get(format.substring(at + 1, end).strip());
      at = end + 1;
    } else {
      int end = at;
      while (end < format.length() && Character.isLetterOrDigit(format.charAt(end))) {
        end++;
      }
      if (end == at) {
        throw Refusal.value(
            "'%' stands alone in '" + format + "': HAProxy writes '%%' for a percent sign");
      }
      found = ALIASES.get(format.substring(at, end));
      at = end;
    }
    if (found == null) {
      throw Refusal.unsupported(
          "'%s' has no counterpart; %s: write one of these, or do it in the application"
              .formatted(format.substring(start, at), KNOWN));
    }
    return found;
  }
}
