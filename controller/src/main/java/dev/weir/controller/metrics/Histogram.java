package dev.weir.controller.metrics;

import dev.weir.config.metrics.Durations;
import dev.weir.config.metrics.Family;
import dev.weir.config.metrics.PrometheusText;
import java.util.Arrays;
import java.util.List;

/// How often something took how long. Any thread writes and reads.
public final class Histogram {
  private final Durations durations = new Durations();

  /// Counts one.
  public synchronized void add(long nanos) {
    durations.add(nanos);
  }

  /// Counts one that began at that [System#nanoTime] and ends now.
  public void since(long start) {
    add(System.nanoTime() - start);
  }

  /// How many there were.
  public long count() {
    return Arrays.stream(counts()).limit(Durations.buckets()).sum();
  }

  /// Writes it without labels.
  public void write(PrometheusText text, Family family) {
    text.histogram(family, List.of(), counts(), false);
  }

  private synchronized long[] counts() {
    long[] counts = new long[Durations.buckets() + 1];
    durations.addTo(counts);
    return counts;
  }
}
