package dev.weir.proxy.testkit;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// One line of HAProxy's `httplog` or `tcplog`, in fields.
///
/// @param timers milliseconds, -1 for what was not reached: five for HTTP, three for TCP
/// @param status 0 for TCP
/// @param connections of process, frontend, backend, server
/// @param retries with a `+` when another server was tried
/// @param request empty for TCP
public record HttpLogLine(
    String client,
    String date,
    String frontend,
    String backend,
    String server,
    List<Long> timers,
    int status,
    long bytes,
    String termination,
    String connections,
    String retries,
    String queues,
    String request) {
  private static final Pattern HTTP =
      Pattern.compile(
          "^(\\S+):\\d+ \\[(\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d\\.\\d{3})] (\\S+)"
              + " (\\S+)/(\\S+) ((?:-?\\d+/){4}-?\\d+) (-1|\\d{3}) (\\d+) - - (\\S{4})"
              + " (\\d+/\\d+/\\d+/\\d+)/(\\+?\\d+) (\\d+/\\d+) \"(.*)\"$");
  private static final Pattern TCP =
      Pattern.compile(
          "^(\\S+):\\d+ \\[(\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d\\.\\d{3})] (\\S+)"
              + " (\\S+)/(\\S+) ((?:-?\\d+/){2}-?\\d+) (\\d+) (\\S\\S)"
              + " (\\d+/\\d+/\\d+/\\d+)/(\\+?\\d+) (\\d+/\\d+)$");

  /// The fields of a line.
  ///
  /// @throws AssertionError when the line has neither format
  public static HttpLogLine parse(String line) {
    var http = HTTP.matcher(line);
    if (http.matches()) {
      return new HttpLogLine(
          http.group(1),
          http.group(2),
          http.group(3),
          http.group(4),
          http.group(5),
          timers(http.group(6)),
          Integer.parseInt(http.group(7)),
          Long.parseLong(http.group(8)),
          http.group(9),
          http.group(10),
          http.group(11),
          http.group(12),
          http.group(13));
    }
    var tcp = TCP.matcher(line);
    if (!tcp.matches()) {
      throw new AssertionError("neither httplog nor tcplog: " + line);
    }
    return new HttpLogLine(
        tcp.group(1),
        tcp.group(2),
        tcp.group(3),
        tcp.group(4),
        tcp.group(5),
        timers(tcp.group(6)),
        0,
        Long.parseLong(tcp.group(7)),
        tcp.group(8),
        tcp.group(9),
        tcp.group(10),
        tcp.group(11),
        "");
  }

  /// Whether a line has one of the two formats.
  public static boolean matches(String line) {
    return HTTP.matcher(line).matches() || TCP.matcher(line).matches();
  }

  private static List<Long> timers(String text) {
    return Stream.of(text.split("/")).map(Long::valueOf).toList();
  }
}
