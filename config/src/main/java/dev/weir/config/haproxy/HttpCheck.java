package dev.weir.config.haproxy;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `option httpchk`.
///
/// @param host null when the check names none
record HttpCheck(String method, String path, @Nullable String host) {
  private static final Pattern METHOD = Pattern.compile("[A-Z]{1,16}");
  private static final Pattern PATH = Pattern.compile("/[!-~]{0,1023}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_.:\\[\\]-]{1,260}");

  /// Reads `[METHOD] [URI] [VERSION [HOST]]`. One word alone is the URI.
  static HttpCheck parse(Arguments arguments) throws Refusal {
    var method = "OPTIONS";
    var path = "/";
    String host = null;
    if (arguments.more()) {
      var first = arguments.next("a method");
      if (arguments.more()) {
        method = first;
        path = arguments.next("a URI");
      } else {
        path = first;
      }
    }
    if (arguments.more()) {
      host = version(arguments);
    }
    if (arguments.more()) {
      host = arguments.next("a host");
    }
    arguments.end();
    if (!METHOD.matcher(method).matches()) {
      throw Refusal.value("the method '%s' is not made of capital letters alone".formatted(method));
    }
    if (!PATH.matcher(path).matches()) {
      throw Refusal.value(
          "the URI '%s' must start with '/' and have neither spaces nor more than 1024 characters"
              .formatted(path));
    }
    if (host != null && !HOST.matcher(host).matches()) {
      throw Refusal.value("'%s' is not a host for the header Host".formatted(host));
    }
    arguments.notice(
        "Differs",
        "checks are sent as HTTP/1.1 with Connection: close, or as HTTP/2 with 'proto h2', and the"
            + " header Host: "
            + (host == null ? "the server's address and port" : host));
    return new HttpCheck(method, path, host);
  }

  /// The version may have headers in it, as HAProxy allowed before `http-check send`; the Host
  /// among them is taken.
  private static @Nullable String version(Arguments arguments) throws Refusal {
    var lines = arguments.next("a version").split("\r\n|\n", -1);
    if (!lines[0].equals("HTTP/1.0") && !lines[0].equals("HTTP/1.1")) {
      throw Refusal.value("the version '%s' is neither HTTP/1.0 nor HTTP/1.1".formatted(lines[0]));
    }
    String host = null;
    for (int i = 1; i < lines.length; i++) {
      if (lines[i].isEmpty() && i >= lines.length - 2) {
        continue;
      }
      if (!lines[i].toLowerCase(Locale.ROOT).startsWith("host:")) {
        throw Refusal.unsupported(
            "checks cannot send '%s'; the only header that can be chosen is Host"
                .formatted(lines[i]));
      }
      host = lines[i].substring("host:".length()).strip();
    }
    return host;
  }
}
