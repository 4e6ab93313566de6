package dev.weir.proxy.stream;

import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Keeps the last change of each endpoint until it is time to tell: the first at once, then five
/// times a second at most. Safe for use by any thread.
final class HealthReporter {
  private static final long INTERVAL = Duration.ofMillis(200).toNanos();
  private static final int PER_FRAME = 5_000;

  private final Map<Endpoint, EndpointHealth> changes = new LinkedHashMap<>();
  private long next = System.nanoTime();

  private record Endpoint(String pool, String endpoint) {}

  synchronized void changed(EndpointHealth change) {
    changes.put(new Endpoint(change.pool(), change.endpoint()), change);
  }

  /// How long until changes may be sent, in nanoseconds; [Long#MAX_VALUE] when there are none.
  synchronized long waitNanos() {
    return changes.isEmpty() ? Long.MAX_VALUE : Math.max(next - System.nanoTime(), 0);
  }

  /// The changes since the last call, in frames.
  synchronized List<Frame.Health> take() {
    next = System.nanoTime() + INTERVAL;
    var all = new ArrayList<>(changes.values());
    changes.clear();
    return frames(all, false);
  }

  /// Everything, in frames: the first says that what was told before is void.
  List<Frame.Health> full(Supplier<List<EndpointHealth>> all) {
    synchronized (this) {
      next = System.nanoTime() + INTERVAL;
      changes.clear();
    }
    return frames(all.get(), true);
  }

  private static List<Frame.Health> frames(List<EndpointHealth> all, boolean full) {
    var frames = new ArrayList<Frame.Health>();
    if (full && all.isEmpty()) {
      frames.add(new Frame.Health(true, List.of()));
    }
    for (int i = 0; i < all.size(); i += PER_FRAME) {
      int end = Math.min(i + PER_FRAME, all.size());
      frames.add(new Frame.Health(full && i == 0, all.subList(i, end)));
    }
    return frames;
  }
}
