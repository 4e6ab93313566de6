package dev.weir.proxy.metrics;

import dev.weir.config.metrics.Durations;
import dev.weir.proxy.net.Loop;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// One [Traffic] for each loop, so that no two threads write the same one.
public final class PerLoopTraffic {
  private final Traffic[] loops;

  /// @param size how many loops there are
  public PerLoopTraffic(int size) {
    loops = new Traffic[size];
    for (int i = 0; i < size; i++) {
      loops[i] = new Traffic();
    }
  }

  /// The counters that this loop writes.
  public Traffic on(Loop loop) {
    return loops[loop.index()];
  }

  /// A figure over all loops.
  public long sum(ToLongFunction<Traffic> figure) {
    long sum = 0;
    for (Traffic traffic : loops) {
      sum += figure.applyAsLong(traffic);
    }
    return sum;
  }

  /// Requests and connections under way.
  public int active() {
    int sum = 0;
    for (Traffic traffic : loops) {
      sum += traffic.active();
    }
    return Math.max(0, sum);
  }

  /// Adds a histogram of all loops to another one.
  ///
  /// @param to counts by bucket, and behind them the sum in nanoseconds
  public void add(Function<Traffic, @Nullable Durations> which, long[] to) {
    for (Traffic traffic : loops) {
      Durations from = which.apply(traffic);
      if (from != null) {
        from.addTo(to);
      }
    }
  }
}
