package dev.weir.proxy.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// HAProxy's own reader of its logs. Looked for in the `PATH` and in the cache that
/// `bench/peers/peers get` fills.
public final class Halog {
  /// Our lines have no syslog header, which halog expects to be five words long.
  private static final List<String> WITHOUT_HEADER = List.of("-s", "-4");

  private static final Pattern SUMMARY =
      Pattern.compile("(\\d+) lines in, .* (\\d+) parsing errors");

  private Halog() {}

  /// The program; null when there is none.
  public static @Nullable Path find() {
    var cache =
        System.getenv()
            .getOrDefault("PEERS_CACHE", System.getProperty("user.home") + "/.cache/peers");
    var path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/bin";
    return Stream.concat(Arrays.stream(path.split(":")), Stream.of(cache + "/bin"))
        .map(place -> Path.of(place, "halog"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /// What it prints about a file of lines.
  public static String run(Path log, String report) throws IOException, InterruptedException {
    return run(log, report, "-q");
  }

  /// How many lines of HTTP it could not read.
  public static int errors(Path log) throws IOException, InterruptedException {
    var summary = SUMMARY.matcher(run(log, "-st", "-H"));
    if (!summary.find()) {
      throw new AssertionError("halog gave no summary");
    }
    return Integer.parseInt(summary.group(2));
  }

  private static String run(Path log, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(String.valueOf(find()));
    command.addAll(WITHOUT_HEADER);
    command.addAll(List.of(arguments));
    var process =
        new ProcessBuilder(command).redirectInput(log.toFile()).redirectErrorStream(true).start();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command + ": " + text);
    }
    return text;
  }
}
