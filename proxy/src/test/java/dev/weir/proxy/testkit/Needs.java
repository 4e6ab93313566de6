package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// What a test needs of the machine. Where it is missing the test is skipped with the reason, and
/// fails when `WEIR_SKIP=none` says that nothing may be skipped.
public final class Needs {
  private Needs() {}

  /// Goes on when `present`.
  ///
  /// @param reason what is missing and how to get it
  public static void that(boolean present, String reason) {
    if (present) {
      return;
    }
    if ("none".equals(System.getenv("WEIR_SKIP"))) {
      fail("must not be skipped: " + reason);
    }
    remember(reason);
    abort(reason);
  }

  /// Adds a line to the list that `make test` ends with.
  private static void remember(String reason) {
    String list = System.getenv("WEIR_SKIPS");
    if (list == null) {
      return;
    }
    try {
      Files.writeString(
          Path.of(list), reason + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
