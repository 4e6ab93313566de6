package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.haproxy.Report.Outcome;
import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.manifest.ManifestWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever a file says: every line is mapped, noted or refused, what is refused or noted is told
/// with its line, and what comes out is a manifest that reads back.
class EveryLineTest {
  private static final int FILES = 400;
  private static final List<String> WORDS =
      List.of(
          "5s",
          "0",
          "100",
          "http",
          "tcp",
          "global",
          "stdout",
          "local0",
          "raw",
          "*:80",
          ":8080-8090",
          "web",
          "a",
          "192.0.2.1:80",
          "[::1]:80",
          "db:3306",
          "check",
          "backup",
          "weight",
          "inter",
          "\"$HOME\"",
          "'x y'",
          "\\",
          "\"",
          "# comment",
          "GET",
          "/x",
          "HTTP/1.1",
          "roundrobin",
          "leastconn",
          "if",
          "TRUE",
          "{",
          "}",
          "!",
          "unless",
          "path_beg",
          "path",
          "hdr(host)",
          "-i",
          "scheme",
          "https",
          "\u0000",
          "é",
          "ssl",
          "from",
          "maxconn",
          "format");

  private static String file(Random random) {
    var starts = new ArrayList<String>();
    starts.addAll(Directives.GLOBAL.keySet());
    starts.addAll(Directives.PROXY.keySet());
    starts.addAll(Directives.PROXY.keySet());
    starts.addAll(RefusedWords.PROXY.keySet());
    starts.addAll(List.of("no", "default", "nonsense", ".if", "no option redispatch"));
    var sections =
        List.of("global", "defaults", "frontend web", "backend a", "listen web", "peers p");
    var text = new StringBuilder(random.nextBoolean() ? Cfg.listenText() : "");
    for (int i = random.nextInt(12); i > 0; i--) {
      boolean section = random.nextInt(5) == 0;
      var from = section ? sections : starts;
      text.append(from.get(random.nextInt(from.size())));
      for (int words = section ? 0 : random.nextInt(4); words > 0; words--) {
        text.append(' ').append(WORDS.get(random.nextInt(WORDS.size())));
      }
      text.append('\n');
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void nothingIsSkippedSilently(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < FILES; i++) {
      accounted(file(random));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {6, 7})
  void goodLinesTogetherStayAccountedFor(long seed) {
    var random = new Random(seed);
    var lines =
        List.of(
            "option httplog",
            "option tcplog",
            "option dontlognull",
            "option forwardfor",
            "option redispatch",
            "option allbackups",
            "option http-keep-alive",
            "option httpchk",
            "log stdout local0",
            "no log",
            "timeout client 1s",
            "timeout server 2s",
            "timeout queue 3s",
            "timeout check 4s",
            "timeout http-request 5s",
            "timeout http-keep-alive 6s",
            "timeout tunnel 7s",
            "timeout connect 8s",
            "retries 1",
            "maxconn 9",
            "balance leastconn",
            "bind :81-83",
            "server t 192.0.2.2:80 maxconn 3",
            "mode tcp",
            "errorfile 503 /x",
            "stats enable",
            "default-server weight 2");
    for (int i = 0; i < FILES; i++) {
      var chosen = new ArrayList<String>();
      for (int n = random.nextInt(8); n >= 0; n--) {
        chosen.add(lines.get(random.nextInt(lines.size())));
      }
      if (chosen.indexOf("server t 192.0.2.2:80 maxconn 3")
              == chosen.lastIndexOf("server t 192.0.2.2:80 maxconn 3")
          && chosen.indexOf("bind :81-83") == chosen.lastIndexOf("bind :81-83")) {
        var text = Cfg.listenText(chosen.toArray(String[]::new));
        assertEquals(List.of(), Cfg.errors(Cfg.read(text)), text);
        accounted(text);
      }
    }
  }

  private static void accounted(String text) {
    var report = HaproxyImport.read("haproxy.cfg", text, Map.of("HOME", "/root")).report();
    var imported = HaproxyImport.read("haproxy.cfg", text, Map.of("HOME", "/root"));
    var told = new TreeSet<Integer>();
    imported.report().findings().forEach(finding -> told.add(finding.line()));
    var lines = text.split("\n", -1);
    boolean skipped = false;
    for (int i = 0; i < lines.length; i++) {
      var line = lines[i].strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      var outcome = report.lines().get(i + 1);
      assertTrue(outcome != null, () -> text);
      skipped = outcome == Outcome.Refused && (skipped || line.startsWith("peers"));
      if (outcome == Outcome.Refused && !skipped) {
        assertTrue(told.contains(i + 1), () -> text + imported.report());
      }
    }
    assertEquals(report, imported.report());
    assertEquals(
        report.failed(),
        report.findings().stream().anyMatch(f -> f.severity() == Finding.Severity.Error));
    assertEquals(report.failed(), imported.documents().isEmpty(), text);
    var read = ManifestReader.read("m.yaml", ManifestWriter.write(imported.documents()));
    assertEquals(List.of(), read.findings(), text);
    assertEquals(imported.documents(), read.loadBalancers(), text);
  }
}
