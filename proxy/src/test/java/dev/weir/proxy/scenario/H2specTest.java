package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The conformance suite for HTTP/2 servers, all of it and strictly (`test/h2spec/h2spec get`).
class H2specTest {
  private static final Path H2SPEC =
      Path.of(
          System.getenv()
              .getOrDefault("H2SPEC", System.getProperty("user.home") + "/.cache/h2spec/h2spec"));

  @TempDir private Path directory;
  private final int port = Ports.free();

  @Test
  void everyCasePassesWithoutTlsBeforeHttp1() throws Exception {
    beforeHttp1("http: {versions: [HTTP2]}");
  }

  @Test
  void everyCasePassesWithoutTlsBeforeHttp2() throws Exception {
    beforeHttp2("http: {versions: [HTTP2]}");
  }

  @Test
  void everyCasePassesOverTlsBeforeHttp1() throws Exception {
    beforeHttp1(tls(), "--tls", "--insecure");
  }

  @Test
  void everyCasePassesOverTlsBeforeHttp2() throws Exception {
    beforeHttp2(tls(), "--tls", "--insecure");
  }

  private String tls() throws Exception {
    Authority.write(
        directory.resolve("server.pem"), Authority.named("weir test").server("localhost"));
    return "tls: {certificates: [{file: {certificate: server.pem}}]}";
  }

  private void beforeHttp1(String listener, String... options) throws Exception {
    try (var origin = Origin.start("one")) {
      passes(
          List.of(Yaml.listener("front", port, listener)),
          List.of(Yaml.pool("web", Yaml.UNCHECKED, origin)),
          options);
    }
  }

  /// The second hop is the proxy itself, which speaks HTTP/2 on both sides of the first.
  private void beforeHttp2(String listener, String... options) throws Exception {
    int inner = Ports.free();
    try (var origin = Origin.start("one")) {
      passes(
          List.of(
              Yaml.listener("front", port, listener, "defaultPool: inner"),
              Yaml.listener("inner", inner, "defaultPool: web")),
          List.of(
              Yaml.pool("inner", List.of(Yaml.endpoint(inner)), Yaml.UNCHECKED, "protocol: HTTP2"),
              Yaml.pool("web", Yaml.UNCHECKED, origin)),
          options);
    }
  }

  private void passes(List<String> listeners, List<String> pools, String... options)
      throws Exception {
    Needs.that(Files.isExecutable(H2SPEC), "h2spec (test/h2spec/h2spec get)");
    var file = directory.resolve("weir.yaml");
    Files.writeString(file, Yaml.loadBalancer("web", listeners, pools));
    try (var proxy = ProxyProcess.config(file).loops(1).start()) {
      String report = run(options);
      assertTrue(
          report.matches("(?s).*\\n14\\d tests, 14\\d passed, 0 skipped, 0 failed\\s*"),
          () -> report + proxy.describe());
    }
  }

  private String run(String... options) throws IOException, InterruptedException {
    Path out = directory.resolve("h2spec.txt");
    var command = new ArrayList<>(List.of(H2SPEC.toString(), "--strict", "-o", "10"));
    command.addAll(List.of("--path", "/digest", "--port", String.valueOf(port)));
    command.addAll(List.of(options));
    var process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    int exit = process.waitFor();
    String report = Files.readString(out, StandardCharsets.UTF_8);
    assertEquals(0, exit, report);
    return report;
  }
}
