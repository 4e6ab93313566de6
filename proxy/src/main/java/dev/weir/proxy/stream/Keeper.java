package dev.weir.proxy.stream;

import dev.weir.config.stream.SnapshotFile;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the last known good, once a second at most and always the latest, on a thread of its own:
/// the next change does not wait for a file of all that runs. Where that is much it rests longer, a
/// millisecond for each resource and ten seconds at most. Safe for any thread.
final class Keeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
  private static final long LEAST_REST_MILLIS = 1_000;
  private static final long MOST_REST_MILLIS = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final LastKnownGood store;
  private final Thread thread;
  private SnapshotFile.@Nullable Content next;
  private boolean closing;

  Keeper(LastKnownGood store) {
    this.store = store;
    this.thread = Thread.ofPlatform().name("weir-keeper").daemon().unstarted(this::run);
    thread.start();
  }

  /// From now on this is to be in the file.
  synchronized void keep(SnapshotFile.Content good) {
    next = good;
    notifyAll();
  }

  /// Writes what is not written yet; waits two seconds at most.
  @Override
  public void close() throws InterruptedException {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    thread.join(PATIENCE);
  }

  private void run() {
    try {
      for (var good = take(); good != null; good = take()) {
        try {
          store.write(good);
        } catch (IOException | RuntimeException e) {
          LOG.warn("cannot write the last known good: {}", e.toString());
        }
        int resources = good.snapshot().resources().size();
        rest(Math.clamp(resources, LEAST_REST_MILLIS, MOST_REST_MILLIS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized SnapshotFile.@Nullable Content take() throws InterruptedException {
    while (next == null && !closing) {
      wait();
    }
    var taken = next;
    next = null;
    return taken;
  }

  private synchronized void rest(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long left = end - System.nanoTime();
    while (left > 0 && !closing) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = end - System.nanoTime();
    }
  }
}
