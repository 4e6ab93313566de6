package dev.weir.homes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The docker and compose commands, as a user at the root of the sources types them.
final class Docker {
  static final Path SOURCES = Path.of("..").toAbsolutePath().normalize();
  private static final int MINUTES = 12;

  private Docker() {}

  /// What a command printed, on both streams, and how it ended; -1 when it could not be run.
  record Output(int code, String text) {}

  /// Whether there is an engine that answers.
  static boolean engine() {
    return attempt("docker", "info").code() == 0;
  }

  /// Whether the images are here or can be fetched.
  static boolean have(String... images) {
    for (String image : images) {
      if (attempt("docker", "image", "inspect", image).code() != 0
          && attempt("docker", "pull", "-q", image).code() != 0) {
        return false;
      }
    }
    return true;
  }

  /// The words that compose is called with here, empty when it is not installed.
  static List<String> compose() {
    if (attempt("docker", "compose", "version").code() == 0) {
      return List.of("docker", "compose");
    }
    return attempt("docker-compose", "version").code() == 0 ? List.of("docker-compose") : List.of();
  }

  /// Runs a command that must succeed and returns what it printed.
  static String run(String... command) {
    return succeed(command, attempt(command));
  }

  /// Runs compose with more words and environment variables.
  static String compose(Map<String, String> environment, Path file, String... words) {
    var command = new ArrayList<>(compose());
    command.addAll(List.of("-f", file.toString()));
    command.addAll(List.of(words));
    var array = command.toArray(String[]::new);
    return succeed(array, attempt(environment, array));
  }

  static Output attempt(String... command) {
    return attempt(Map.of(), command);
  }

  private static String succeed(String[] command, Output output) {
    assertEquals(0, output.code(), () -> String.join(" ", command) + ":\n" + output.text());
    return output.text().strip();
  }

  private static Output attempt(Map<String, String> environment, String... command) {
    var builder = new ProcessBuilder(command).directory(SOURCES.toFile()).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("WEIR_"));
    builder.environment().putAll(environment);
    try {
      var process = builder.start();
      process.getOutputStream().close();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        return new Output(-1, text + "\nnot within " + MINUTES + " minutes");
      }
      return new Output(process.exitValue(), text);
    } catch (IOException e) {
      return new Output(-1, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
