package dev.weir.proxy.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Waits for a condition, never for a time: looks every few milliseconds and gives up loudly at a
/// deadline.
public final class Await {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final long LOOK_AGAIN_NANOS = 5_000_000;

  private Await() {}

  /// A condition that may throw; an exception or a failed assertion, such as one about a sample
  /// that no metric has yet, means "not yet" until the deadline, where it becomes the cause.
  @FunctionalInterface
  public interface Condition {
    /// Whether the awaited state is reached.
    boolean holds() throws Exception;
  }

  /// Waits up to half a minute.
  public static void until(String what, Condition condition) {
    until(what, DEADLINE, condition);
  }

  /// Waits up to `deadline`.
  ///
  /// @throws AssertionError with `what` when the deadline passes first
  public static void until(String what, Duration deadline, Condition condition) {
    value(what, deadline, () -> condition.holds() ? Boolean.TRUE : null);
  }

  /// Waits up to `deadline` for `source` to give something else than null, and returns that.
  ///
  /// @throws AssertionError with `what` when the deadline passes first
  public static <T> T value(String what, Duration deadline, Callable<@Nullable T> source) {
    var end = System.nanoTime() + deadline.toNanos();
    while (true) {
      Throwable problem = null;
      try {
        var value = source.call();
        if (value != null) {
          return value;
        }
      } catch (Exception | AssertionError e) {
        problem = e;
      }
      if (System.nanoTime() - end > 0) {
        var last = problem == null ? "" : "; at last: " + problem;
        throw new AssertionError("not within " + deadline + ": " + what + last, problem);
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while waiting for: " + what);
      }
    }
  }
}
