package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// OpenSSL's program, which speaks TLS as others do.
public final class OpenSsl {
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: weir.test\r\nConnection: close\r\n\r\n";

  private OpenSsl() {}

  /// Skips the test where the program is missing.
  public static void needed() {
    needed("openssl");
  }

  /// Skips the test where a program is missing.
  public static void needed(String program) {
    boolean there =
        Arrays.stream(String.valueOf(System.getenv("PATH")).split(":"))
            .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
    Needs.that(there, "the program " + program + " is not there");
  }

  /// What its client says while it makes a request.
  ///
  /// @param version such as `-tls1_3`
  /// @param name that it asks for
  public static String client(int port, String version, String name, String... more)
      throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + port,
                "-servername",
                name,
                "-ign_eof",
                version));
    command.addAll(List.of(more));
    return run(command, REQUEST);
  }

  /// What a program says that gets this input.
  public static String run(List<String> command, String input) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It is gone already.
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    assertTrue(process.waitFor(20, TimeUnit.SECONDS), "it does not end");
    return said;
  }
}
