package dev.weir.proxy.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The cases of http-desync-guardian (Apache-2.0, not carried here) against a live proxy: what it
/// calls severe is refused and never reaches the origin, what it calls compliant does.
///
/// Not part of the build: `-Dtest=GuardianCases -Dguardian.tests=DIR`, which names its directory
/// `tests`.
class GuardianCases {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final Pattern CODING_BUT_CHUNKED =
      Pattern.compile("(?i)\nTransfer-Encoding:(?!\\s*chunked\\s*\r\n)");
  private static final Pattern ODD_TARGET = Pattern.compile("^\\S+ (?: |\\S*#)");

  @TempDir private Path directory;

  /// One of its cases.
  ///
  /// @param tier `Compliant`, `Acceptable`, `Ambiguous`, `Severe`
  private record Foreign(String name, String tier, String send) {}

  @Test
  void severeRequestsAreRefusedAndCompliantOnesAreForwarded() throws Exception {
    List<Foreign> cases = load();
    assertTrue(cases.size() > 100, "only " + cases.size());
    var problems = new ArrayList<String>();
    var counts = new TreeMap<String, Integer>();
    try (var origin = RecordingOrigin.start();
        var proxy = Balancer.weir(directory, origin.port())) {
      for (Foreign one : cases) {
        var request =
            new Case(
                one.tier, one.name, "", one.send, "", 0, null, List.of(), false, true, false, null,
                null);
        Verdict verdict = Verdict.ofRequest(request, proxy.port(), origin, PATIENCE);
        boolean forwarded = verdict.status() == 0 && verdict.forwarded().size() == 1;
        boolean refused = verdict.status() != 0 && verdict.forwarded().isEmpty();
        boolean wanted =
            switch (one.tier) {
              case "Severe" -> refused;
              case "Compliant" -> forwarded || refused && stricter(one.send);
              default -> forwarded || refused;
            };
        if (!wanted) {
          problems.add(one.tier + " " + one.name + ": " + verdict + " " + Escapes.show(one.send));
        }
        counts.merge(one.tier + (refused ? " refused" : " forwarded"), 1, Integer::sum);
      }
    }
    System.out.println("guardian: " + cases.size() + " cases: " + counts);
    assertEquals("", String.join("\n", problems));
  }

  /// Whether we refuse on purpose what it lets pass: no target, a fragment, a transfer coding that
  /// is not exactly `chunked`.
  private static boolean stricter(String send) {
    return CODING_BUT_CHUNKED.matcher(send).find() || ODD_TARGET.matcher(send).find();
  }

  private static List<Foreign> load() throws IOException {
    var cases = new ArrayList<Foreign>();
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("guardian.tests")))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        var yaml = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
        for (Object entry : (List<?>) yaml) {
          cases.add(read((Map<?, ?>) entry));
        }
      }
    }
    return cases;
  }

  private static Foreign read(Map<?, ?> entry) {
    var send = new StringBuilder();
    send.append(entry.get("method")).append(' ').append(entry.get("uri"));
    String version = text(entry.get("version"));
    send.append(version.isEmpty() ? "" : " " + version).append("\r\n");
    boolean host = false;
    String length = "";
    boolean coding = false;
    for (Object each : entry.get("headers") instanceof List<?> list ? list : List.of()) {
      String name = text(((Map<?, ?>) each).get("name"));
      String value = text(((Map<?, ?>) each).get("value"));
      send.append(name).append(':').append(value.startsWith(" ") ? "" : " ").append(value);
      send.append("\r\n");
      host |= name.equalsIgnoreCase("Host");
      length = name.equalsIgnoreCase("Content-Length") ? value.strip() : length;
      coding |= name.equalsIgnoreCase("Transfer-Encoding");
    }
    // Its cases are about other fields, and have no bodies.
    send.append(host ? "" : "Host: a\r\n").append("\r\n");
    if (coding) {
      send.append("0\r\n\r\n");
    } else if (length.matches("\\d{1,8}")) {
      send.append("x".repeat(Integer.parseInt(length)));
    }
    Map<?, ?> expected = (Map<?, ?>) entry.get("expected");
    return new Foreign(text(entry.get("name")), text(expected.get("tier")), send.toString());
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : String.valueOf(value);
  }
}
