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
      Map.ofEntries(
          Map.entry("src", HeaderVariable.CLIENT_ADDRESS),
          Map.entry("src_port", HeaderVariable.CLIENT_PORT),
          Map.entry("fe_name", HeaderVariable.LISTENER),
          Map.entry("srv_name", HeaderVariable.ENDPOINT),
          Map.entry("unique-id", HeaderVariable.REQUEST_ID),
          Map.entry("ssl_fc_protocol", HeaderVariable.TLS_VERSION),
          Map.entry("ssl_fc_cipher", HeaderVariable.TLS_CIPHER),
          Map.entry("ssl_fc_sni", HeaderVariable.TLS_SNI),
          Map.entry("ssl_c_s_dn", HeaderVariable.TLS_CLIENT_SUBJECT),
          Map.entry("ssl_c_s_dn(,0,rfc2253)", HeaderVariable.TLS_CLIENT_SUBJECT),
          Map.entry("ssl_c_i_dn", HeaderVariable.TLS_CLIENT_ISSUER),
          Map.entry("ssl_c_i_dn(,0,rfc2253)", HeaderVariable.TLS_CLIENT_ISSUER),
          Map.entry("ssl_c_serial,hex", HeaderVariable.TLS_CLIENT_SERIAL),
          Map.entry("ssl_c_der,sha2(256),hex", HeaderVariable.TLS_CLIENT_FINGERPRINT));
  private static final String KNOWN =
      "what Weir has is %[src], %[src_port], %[fe_name], %[srv_name] and %[unique-id], also written"
          + " %ci, %cp, %f, %s and %ID, %[dst_port], and of TLS %[ssl_fc], %[ssl_fc_protocol],"
          + " %[ssl_fc_cipher], %[ssl_fc_sni], %[ssl_c_verify], %[ssl_c_s_dn], %[ssl_c_i_dn],"
          + " %[ssl_c_serial,hex] and %[ssl_c_der,sha2(256),hex]";

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
        boolean quoted = format.startsWith("{+Q}", at);
        at += quoted ? 4 : 0;
        value.append(quoted ? "\"" : "").append(variable()).append(quoted ? "\"" : "");
      }
    }
    return value.toString();
  }

  private String variable() throws Refusal {
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
      var sample = format.substring(at + 1, end).strip();
      at = end + 1;
      var fixed = HeaderSamples.FIXED.get(sample);
      if (fixed != null) {
        return fixed;
      }
      found = SAMPLES.get(sample);
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
    return "%{" + found.word() + "}";
  }
}
