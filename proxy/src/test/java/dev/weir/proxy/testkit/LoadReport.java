package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;

/// What a [LoadClient] saw.
///
/// @param succeeded answers with status 200 and a whole body
/// @param failed everything else
/// @param connections connections that were opened
/// @param bodies how often each short body came, by its text: which server answered
/// @param failures the first failures, at most 50
public record LoadReport(
    long succeeded,
    long failed,
    long connections,
    Map<String, Long> bodies,
    List<Failure> failures) {

  public LoadReport {
    bodies = Map.copyOf(bodies);
    failures = List.copyOf(failures);
  }

  /// Why a request failed.
  public enum Reason {
    /// No connection within 5 seconds, or refused.
    Connect,
    /// Closed or reset before the answer's first byte.
    NoAnswer,
    /// Closed, reset or broken inside the answer.
    Cut,
    /// Another status than 200.
    Status,
    /// Nothing came for 10 seconds.
    Timeout
  }

  /// @param request which request on its connection, from 1
  /// @param millis when, since the load started
  public record Failure(Reason reason, String detail, int request, long millis) {}

  /// Asserts that nothing failed and at least `atLeast` requests were made.
  public void requireFlawless(long atLeast) {
    assertEquals(
        0,
        failed,
        () ->
            "%d of %d failed, such as %s"
                .formatted(failed, failed + succeeded, failures.stream().limit(5).toList()));
    if (succeeded < atLeast) {
      throw new AssertionError("only " + succeeded + " requests, expected " + atLeast);
    }
  }
}
