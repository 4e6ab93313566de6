package dev.weir.controller.stream;

import dev.weir.controller.stream.StreamMetrics.Refusal;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs refused connections, twenty a second at most: a stranger cannot fill the disk. Safe for use
/// by any thread.
final class RefusalLog {
  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
  private static final int PER_SECOND = 20;

  private long second;
  private int logged;
  private long suppressed;

  void refused(Refusal refusal, String address, String reason) {
    long before;
    synchronized (this) {
      long now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
      if (now != second) {
        second = now;
        logged = 0;
      }
      if (logged >= PER_SECOND) {
        suppressed++;
        return;
      }
      logged++;
      before = suppressed;
      suppressed = 0;
    }
    if (before > 0) {
      LOG.warn("{} refused connections were not logged", before);
    }
    LOG.warn("refused a connection from {}: {}: {}", address, refusal, reason);
  }
}
