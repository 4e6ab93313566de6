package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

/// What a test needs of the machine. Where it is missing the test is skipped with the reason, and fails when
/// `WEIR_SKIP=none` says that nothing may be skipped.
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
    abort(reason);
  }
}
