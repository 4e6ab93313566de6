package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real HAProxy, for its opinion about files.
///
/// Looked for in `WEIR_HAPROXY` (a file), the cache that `bench/peers/peers get` fills, and the
/// `PATH`.
final class RealHaproxy {
  private static final String REASON = "no HAProxy: bench/peers/peers get";
  private static final String ERROR_PAGE =
      "HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\nsorry\r\n";

  private final Path program;

  private RealHaproxy(Path program) {
    this.program = program;
  }

  /// The program; skips the test when there is none, and fails it when `WEIR_SKIP=none`.
  static RealHaproxy find() {
    var program = search();
    if (program == null) {
      if ("none".equals(System.getenv("WEIR_SKIP"))) {
        fail("must not be skipped: " + REASON);
      }
      remember();
      abort(REASON);
      throw new AssertionError(REASON);
    }
    return new RealHaproxy(program);
  }

  /// Adds a line to the list that `make test` ends with.
  private static void remember() {
    var list = System.getenv("WEIR_SKIPS");
    if (list == null) {
      return;
    }
    try {
      Files.writeString(
          Path.of(list), REASON + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Path search() {
    var home = System.getProperty("user.home");
    return Stream.concat(
            Stream.of(
                System.getenv().getOrDefault("WEIR_HAPROXY", "/nonexistent"),
                System.getenv().getOrDefault("PEERS_CACHE", home + "/.cache/peers")
                    + "/bin/haproxy"),
            Stream.of(
                    (System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/local/sbin")
                        .split(":"))
                .map(directory -> directory + "/haproxy"))
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /// What `haproxy -c` says against a text: nothing when it is good. Files of `errorfile` and of
  /// certificates exist for it.
  String check(String text, Map<String, String> environment, Path directory) throws Exception {
    var page = directory.resolve("error.http");
    Files.writeString(page, ERROR_PAGE);
    var file = directory.resolve("checked.cfg");
    Files.writeString(
        file,
        text.replaceAll("(errorfile\\s+\\d+\\s+)\\S+", "$1" + page)
            .replaceAll("(\\s(?:crt|ca-file)\\s+)[^@\\s]\\S+", "$1" + certificate(directory)));
    var builder = new ProcessBuilder(program.toString(), "-c", "-f", file.toString());
    builder.environment().putAll(environment);
    var result = run(builder);
    return result.code == 0 ? "" : result.output;
  }

  /// A file with the certificate and the key of an example.
  private static Path certificate(Path directory) throws IOException {
    var pem =
        Pattern.compile("-----BEGIN [^-]+-----[^-]+-----END [^-]+-----")
            .matcher(Files.readString(Path.of("../examples/tls.yaml")))
            .results()
            .map(found -> found.group().replaceAll("(?m)^ +", ""))
            .collect(Collectors.joining("\n", "", "\n"));
    return Files.writeString(directory.resolve("certificate.pem"), pem);
  }

  /// All words that it knows in configuration files, as `haproxy -dKcfg` lists them.
  String keywords(Path directory) throws Exception {
    var empty = directory.resolve("empty.cfg");
    Files.writeString(empty, "");
    return run(new ProcessBuilder(program.toString(), "-dKcfg", "-q", "-c", "-f", empty.toString()))
        .output;
  }

  private record Result(int code, String output) {}

  private static Result run(ProcessBuilder builder) throws IOException, InterruptedException {
    var process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
