package dev.weir.controller;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.PrometheusPage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The real controller as users run it: `dev.weir.controller.Main controller …` in a JVM of its
/// own, from the class path of the test. Its health page is on a port of its own.
final class ControllerProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Pattern PORTS = Pattern.compile("ready health=\\S+:(\\d+) stream=(\\d+)");

  private final Process process;
  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
  private final Matcher ports;

  private ControllerProcess(Process process) {
    this.process = process;
    Thread.ofVirtual().name("controller-log").start(this::pump);
    ports = Await.value("controller started", START, this::readPorts);
  }

  /// Starts one and returns when it listens.
  static ControllerProcess start(List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "dev.weir.controller.Main",
            "controller"));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("WEIR_"));
    return new ControllerProcess(builder.start());
  }

  private @Nullable Matcher readPorts() {
    if (!process.isAlive()) {
      throw new AssertionError("the controller ended" + describe());
    }
    for (String line : log) {
      Matcher matcher = PORTS.matcher(line);
      if (matcher.find()) {
        return matcher;
      }
    }
    return null;
  }

  int healthPort() {
    return Integer.parseInt(ports.group(1));
  }

  int streamPort() {
    return Integer.parseInt(ports.group(2));
  }

  /// Waits for a line of its metrics.
  void awaitMetric(String line, Duration deadline) {
    try {
      Await.until(line, deadline, () -> metrics().contains(line + "\n"));
    } catch (AssertionError late) {
      throw new AssertionError(late.getMessage() + describe() + threads(), late);
    }
  }

  boolean leads() throws IOException {
    return metrics().contains("weir_controller_leading 1\n");
  }

  String metrics() throws IOException {
    return LoadClient.fetch(healthPort(), "/metrics");
  }

  /// What is on its heap and in use, in bytes: garbage is collected first. The least of three
  /// looks, since it makes more garbage before it answers.
  long heap() throws IOException, InterruptedException {
    return Math.min(used(), Math.min(used(), used()));
  }

  private long used() throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    new ProcessBuilder(jcmd, Long.toString(process.pid()), "GC.run")
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    return (long) PrometheusPage.parse(metrics()).value("jvm_memory_used_bytes{area=\"heap\"}");
  }

  /// Its resident memory, in bytes.
  long resident() throws IOException {
    return (long) PrometheusPage.parse(metrics()).value("process_resident_memory_bytes");
  }

  /// Sends a signal by its short name.
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /// Kills it at once, as `kill -9` does.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  boolean logged(String text) {
    return log.stream().anyMatch(line -> line.contains(text));
  }

  private String describe() {
    return "\n--- log of the controller ---\n" + String.join("\n", log) + "\n---";
  }

  /// What all threads do, virtual ones included.
  private String threads() {
    try {
      Path file = Files.createTempDirectory("weir-threads").resolve("dump");
      var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
      new ProcessBuilder(jcmd, Long.toString(process.pid()), "Thread.dump_to_file", file.toString())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(10, TimeUnit.SECONDS);
      return "\n--- its threads ---\n" + Files.readString(file) + "\n---";
    } catch (IOException | InterruptedException e) {
      return "\n(no thread dump: " + e + ")";
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void pump() {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        log.add(line);
      }
    } catch (IOException ended) {
      return;
    }
  }
}
