package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    Needs.that(Files.isExecutable(H2SPEC), "h2spec (test/h2spec/h2spec get)");
    try (var origin = Origin.start("one");
        var proxy = start(origin)) {
      passes(proxy);
    }
  }

  @Test
  void everyCasePassesWithoutTlsBeforeHttp2() throws Exception {
    Needs.that(Files.isExecutable(H2SPEC), "h2spec (test/h2spec/h2spec get)");
    int inner = Ports.free();
    try (var origin = Origin.start("one")) {
      var file = directory.resolve("weir.yaml");
      Files.writeString(
          file,
          Yaml.loadBalancer(
              "web",
              List.of(
                  Yaml.listener("front", port, "http: {versions: [HTTP2]}", "defaultPool: inner"),
                  Yaml.listener("inner", inner, "http: {versions: [HTTP2]}", "defaultPool: web")),
              List.of(
                  Yaml.pool(
                      "inner", List.of(Yaml.endpoint(inner)), Yaml.UNCHECKED, "protocol: HTTP2"),
                  Yaml.pool("web", Yaml.UNCHECKED, origin))));
      try (var proxy = ProxyProcess.config(file).loops(1).start()) {
        passes(proxy);
      }
    }
  }

  private void passes(ProxyProcess proxy) throws IOException, InterruptedException {
    String report = run("--path", "/digest", "--port", String.valueOf(port));
    assertTrue(
        report.matches("(?s).*\\n14\\d tests, 14\\d passed, 0 skipped, 0 failed\\s*"),
        () -> report + proxy.describe());
  }

  private ProxyProcess start(Origin origin) throws IOException {
    var file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", port, "http: {versions: [HTTP2]}")),
            List.of(Yaml.pool("web", Yaml.UNCHECKED, origin))));
    return ProxyProcess.config(file).loops(1).start();
  }

  private String run(String... target) throws IOException, InterruptedException {
    Path out = directory.resolve("h2spec.txt");
    var command = new java.util.ArrayList<>(List.of(H2SPEC.toString(), "--strict", "-o", "10"));
    command.addAll(List.of(target));
    var process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    int exit = process.waitFor();
    String report = Files.readString(out, StandardCharsets.UTF_8);
    assertEquals(0, exit, report);
    return report;
  }
}
