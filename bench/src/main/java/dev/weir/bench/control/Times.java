package dev.weir.bench.control;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Durations of one thing, as percentiles. Any thread adds.
final class Times {
  private final List<Long> nanos = new ArrayList<>();

  synchronized void add(long duration) {
    nanos.add(duration);
  }

  synchronized int count() {
    return nanos.size();
  }

  /// In milliseconds.
  synchronized double percentile(double p) {
    if (nanos.isEmpty()) {
      return Double.NaN;
    }
    var sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    int at = (int) Math.min(sorted.size() - 1L, Math.round(p * (sorted.size() - 1)));
    return sorted.get(at) / 1e6;
  }

  /// `p50 / p99 ms`.
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.1f / %.1f ms", percentile(0.5), percentile(0.99));
  }
}
