package dev.weir.proxy.testkit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;

/// How long things took, in buckets of 3 %. Thread: any.
public final class Latencies {
  private static final int STEPS = 32;
  private final AtomicLongArray buckets = new AtomicLongArray(64 * STEPS);
  private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

  /// Adds one.
  public void add(long nanos) {
    var exponent = Math.max(0, 63 - Long.numberOfLeadingZeros(Math.max(1, nanos)) - 5);
    buckets.incrementAndGet(exponent * STEPS + (int) (nanos >> exponent));
    longest.accumulate(nanos);
  }

  /// The longest.
  public Duration longest() {
    return Duration.ofNanos(longest.get());
  }

  /// What that share, between 0 and 1, did not exceed.
  public Duration quantile(double share) {
    var total = 0L;
    for (var i = 0; i < buckets.length(); i++) {
      total += buckets.get(i);
    }
    var wanted = (long) Math.ceil(total * share);
    var seen = 0L;
    for (var i = 0; i < buckets.length(); i++) {
      seen += buckets.get(i);
      if (seen >= wanted && seen > 0) {
        var exponent = Math.max(0, i / STEPS - 1);
        var mantissa = i - exponent * STEPS;
        return Duration.ofNanos((mantissa + 1L) << exponent);
      }
    }
    return Duration.ZERO;
  }

  /// `p50 0.4 ms, p99 2.1 ms, longest 18.0 ms`.
  @Override
  public String toString() {
    return "p50 %.1f ms, p99 %.1f ms, longest %.1f ms"
        .formatted(millis(quantile(0.5)), millis(quantile(0.99)), millis(longest()));
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / 1e6;
  }
}
