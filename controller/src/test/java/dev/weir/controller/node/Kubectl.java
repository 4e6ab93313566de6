package dev.weir.controller.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.testkit.Await;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// kubectl, as a user of the cluster runs it: `KUBECONFIG` says which cluster, and the project's
/// plugin is on the `PATH`.
final class Kubectl {
  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

  private final String program;
  private final Path kubeconfig;

  Kubectl(String program, Path kubeconfig) {
    this.program = program;
    this.kubeconfig = kubeconfig;
  }

  /// What a command printed and how it ended.
  record Output(int code, String text) {}

  /// The cluster with a node that `WEIR_TEST_NODE` names.
  static Kubectl ofNode() {
    return new Kubectl(
        Objects.requireNonNullElse(System.getenv("WEIR_TEST_KUBECTL"), "kubectl"),
        Path.of(Objects.requireNonNull(System.getenv("WEIR_TEST_NODE"))).resolve("kubeconfig"));
  }

  /// Runs a command that must succeed and returns what it printed.
  String run(String... arguments) throws Exception {
    Output output = attempt(null, arguments);
    assertEquals(0, output.code(), () -> String.join(" ", arguments) + ": " + output.text());
    return output.text().strip();
  }

  /// Applies a manifest.
  void apply(String manifest) throws Exception {
    Output output = attempt(manifest, "apply", "-f", "-");
    assertEquals(0, output.code(), output::text);
  }

  /// Runs a command with an input, whatever comes of it.
  Output attempt(@org.jspecify.annotations.Nullable String input, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    builder
        .environment()
        .merge("PATH", PROJECT.toString(), (path, project) -> project + File.pathSeparator + path);
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      if (input != null) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
    }
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Output(process.exitValue(), text);
  }

  /// One field of an object or a list.
  String get(String what, String jsonPath) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("get"));
    arguments.addAll(Arrays.asList(what.split(" ")));
    arguments.add("-o");
    arguments.add("jsonpath=" + jsonPath);
    return run(arguments.toArray(String[]::new));
  }

  /// Waits until a LoadBalancer's line in `kubectl get lb` has these columns.
  void awaitColumns(String name, String ready, String proxies, String endpoints) throws Exception {
    awaitColumns("default", name, ready, proxies, endpoints);
  }

  /// The same in a namespace.
  void awaitColumns(String namespace, String name, String ready, String proxies, String endpoints)
      throws Exception {
    Await.until(
        "%s: READY %s, PROXIES %s, ENDPOINTS %s".formatted(name, ready, proxies, endpoints),
        Duration.ofSeconds(90),
        () -> {
          String line = run("get", "lb", name, "--no-headers", "-n", namespace);
          String[] columns = line.split("\\s+");
          int at = columns.length == 6 ? 3 : 2;
          if (!columns[1].equals(ready)
              || !columns[at].equals(proxies)
              || !columns[at + 1].equals(endpoints)) {
            throw new IllegalStateException(line);
          }
          return true;
        });
  }
}
