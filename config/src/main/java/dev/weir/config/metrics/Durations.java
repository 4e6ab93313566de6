package dev.weir.config.metrics;

/// How often something took how long: a histogram with fixed bounds, 1, 2.5 and 5 in each decade.
/// Written by one thread at a time; read by anyone, a moment old.
public final class Durations {
  private static final long[] BOUNDS = {
    100_000L,
    250_000L,
    500_000L,
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    25_000_000L,
    50_000_000L,
    100_000_000L,
    250_000_000L,
    500_000_000L,
    1_000_000_000L,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L,
    30_000_000_000L,
    60_000_000_000L
  };

  private final long[] counts = new long[BOUNDS.length + 1];
  private long nanos;

  /// How many buckets there are; the last one has no upper bound.
  public static int buckets() {
    return BOUNDS.length + 1;
  }

  /// The upper bound of a bucket in nanoseconds, which is part of it.
  ///
  /// @param bucket less than the last one
  public static long bound(int bucket) {
    return BOUNDS[bucket];
  }

  /// Counts one.
  public void add(long duration) {
    int bucket = 0;
    while (bucket < BOUNDS.length && duration > BOUNDS[bucket]) {
      bucket++;
    }
    counts[bucket]++;
    nanos += duration;
  }

  /// Adds it to another one.
  ///
  /// @param to counts by bucket, and behind them the sum in nanoseconds
  public void addTo(long[] to) {
    for (int i = 0; i < counts.length; i++) {
      to[i] += counts[i];
    }
    to[counts.length] += nanos;
  }
}
