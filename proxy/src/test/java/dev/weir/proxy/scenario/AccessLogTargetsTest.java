package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of access logs when their target does not do as it should.
class AccessLogTargetsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir Path directory;

  @Test
  void aPipeThatNobodyReadsStopsNoRequestAndWhatIsDroppedIsCounted() throws Exception {
    var pipe = directory.resolve("log.pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    var port = Ports.free();
    try (var reader = new RandomAccessFile(pipe.toFile(), "rw");
        var origin = Origin.start("s1");
        var proxy = start(port, origin, pipe);
        var client = Wire.connect(port)) {
      var target = "/" + "x".repeat(1500);
      var requests = 0;
      var before = System.nanoTime();
      while (metric(proxy, "weir_access_log_dropped_total") == 0) {
        for (var i = 0; i < 250; i++) {
          assertEquals(200, client.get(target).readResponse().status());
          requests++;
        }
        assertTrue(requests < 5_000, "nothing is dropped");
      }
      assertTrue(System.nanoTime() - before < 30_000_000_000L);
      var sent = requests;
      Await.until(
          "every line is counted",
          () ->
              metric(proxy, "weir_access_log_dropped_total")
                      + metric(proxy, "weir_access_log_lines_total")
                  == sent);
      var dropped = (int) metric(proxy, "weir_access_log_dropped_total");
      for (var i = 0; i < requests - dropped; i++) {
        assertEquals(target, JSON.readTree(line(reader)).path("target").asText());
      }
      // what was written is free again a moment after it was read
      Await.until(
          "lines are taken again",
          () -> {
            var droppedBefore = metric(proxy, "weir_access_log_dropped_total");
            var counted = droppedBefore + metric(proxy, "weir_access_log_lines_total");
            client.get("/again").readResponse();
            Await.until(
                "it is counted",
                () ->
                    metric(proxy, "weir_access_log_dropped_total")
                            + metric(proxy, "weir_access_log_lines_total")
                        == counted + 1);
            return metric(proxy, "weir_access_log_dropped_total") == droppedBefore;
          });
      assertEquals("/again", JSON.readTree(line(reader)).path("target").asText());
    }
  }

  @Test
  void rotationUnderLoadLosesNoLineAndCutsNone() throws Exception {
    var port = Ports.free();
    var log = directory.resolve("access.log");
    var files = new ArrayList<Path>(List.of(log));
    var requests = 0;
    try (var origin = Origin.start("s1");
        var proxy = start(port, origin, log);
        var client = Wire.connect(port)) {
      for (var rotation = 1; rotation <= 3; rotation++) {
        for (var i = 0; i < 300; i++) {
          client.get("/" + requests++).readResponse();
        }
        files.add(Files.move(log, directory.resolve("access.log." + rotation)));
        proxy.signal("HUP");
        for (var more = 0; !Files.exists(log); more++) {
          assertTrue(
              more < 100_000, "the log is not opened again; was SIGHUP ignored at the start?");
          client.get("/" + requests++).readResponse();
        }
      }
      var wanted = requests;
      Await.until("every line is written", () -> lines(files).size() == wanted);
      var targets = new ArrayList<String>();
      for (var line : lines(files)) {
        targets.add(JSON.readTree(line).path("target").asText());
      }
      assertEquals(wanted, targets.stream().distinct().count());
    }
  }

  private static List<String> lines(List<Path> files) throws IOException {
    var lines = new ArrayList<String>();
    for (var file : files) {
      lines.addAll(Files.readAllLines(file));
    }
    return lines;
  }

  /// [RandomAccessFile#readLine] asks the kernel for every byte, which is slow enough.
  private static String line(RandomAccessFile pipe) throws IOException {
    return new String(
        pipe.readLine().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  private static double metric(ProxyProcess proxy, String name) throws IOException {
    return PrometheusPage.parse(proxy.health("/metrics")).value(name);
  }

  private ProxyProcess start(int port, Origin origin, Path log) throws IOException {
    var file = Files.writeString(directory.resolve("weir.yaml"), Yaml.web(port, origin));
    return ProxyProcess.config(file).loops(1).flags("--log", log.toString()).start();
  }
}
