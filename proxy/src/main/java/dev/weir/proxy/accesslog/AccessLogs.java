package dev.weir.proxy.accesslog;

import dev.weir.config.ListenerConfig;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All access logs of the process: one ring per loop, one thread that writes.
///
/// Thread: any; an [AccessLog] that it gives out may be used on every loop.
public final class AccessLogs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessLogs.class);
  private static final int RING_BYTES = 1 << 20;
  private static final long SHORT_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long WARN_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LogTarget target;
  private final ZoneId zone;
  private final FastThreadLocal<Formatter> formatters = new Formatters();
  private final Thread writer;
  private WritableByteChannel channel;
  private long lastWarning = System.nanoTime() - WARN_EVERY_NANOS;
  private volatile Ring[] rings = {};
  private volatile boolean reopen;
  private volatile boolean closed;
  private volatile long failedWrites;

  private AccessLogs(LogTarget target, ZoneId zone) throws IOException {
    this.target = target;
    this.zone = zone;
    this.channel = target.open();
    this.writer = Thread.ofPlatform().name("weir-log").daemon().start(this::writeAll);
  }

  /// Opens the target.
  ///
  /// @param zone of the dates in HAProxy's formats
  /// @throws IOException when it cannot be opened
  public static AccessLogs open(LogTarget target, ZoneId zone) throws IOException {
    return new AccessLogs(target, zone);
  }

  /// The log of an HTTP listener.
  public AccessLog http(ListenerConfig.AccessLog settings) {
    return switch (settings.format()) {
      case JSON -> log(settings, JsonFormat::http, false);
      case HTTPLog -> log(settings, HaproxyFormat::http, true);
      case TCPLog -> log(settings, HaproxyFormat::tcp, true);
      case None -> new Nothing();
    };
  }

  /// The log of a TCP listener.
  public AccessLog tcp(ListenerConfig.AccessLog settings) {
    return switch (settings.format()) {
      case JSON -> log(settings, JsonFormat::tcp, false);
      case HTTPLog, TCPLog -> log(settings, HaproxyFormat::tcp, true);
      case None -> new Nothing();
    };
  }

  /// Lines that were logged so far.
  public long lines() {
    return Arrays.stream(rings).mapToLong(Ring::lines).sum();
  }

  /// Lines that were dropped so far because their target was too slow or failed.
  public long dropped() {
    return Arrays.stream(rings).mapToLong(Ring::dropped).sum();
  }

  /// How often writing to the target failed.
  public long failedWrites() {
    return failedWrites;
  }

  /// The number of the thread that writes.
  public long writerThread() {
    return writer.threadId();
  }

  /// Opens the target again soon, because it was rotated.
  public void reopen() {
    reopen = true;
    LockSupport.unpark(writer);
  }

  /// Writes what is there and stops.
  @Override
  public void close() throws InterruptedException {
    closed = true;
    LockSupport.unpark(writer);
    writer.join(TimeUnit.SECONDS.toMillis(2));
  }

  private interface Format {
    void append(Line line, Dates dates, AccessRecord record);
  }

  private AccessLog log(ListenerConfig.AccessLog settings, Format format, boolean counts) {
    return new Lines(formatters, format, settings.skipEmpty(), counts);
  }

  /// The log of one listener.
  private record Lines(
      FastThreadLocal<Formatter> formatters, Format format, boolean skipEmpty, boolean counts)
      implements AccessLog {
    @Override
    public void log(AccessRecord record) {
      if (!skipEmpty || record.bytesIn != 0) {
        formatters.get().log(format, record);
      }
    }
  }

  /// No log.
  private record Nothing() implements AccessLog {
    @Override
    public void log(AccessRecord record) {}

    @Override
    public boolean counts() {
      return false;
    }
  }

  /// What one loop makes lines with.
  private static final class Formatter {
    private final Line line = new Line();
    private final Ring ring = new Ring(RING_BYTES);
    private final Dates dates;

    Formatter(ZoneId zone) {
      this.dates = new Dates(zone, InstantSource.system(), System::nanoTime);
    }

    void log(Format format, AccessRecord record) {
      format.append(line.clear(), dates, record);
      ring.offer(line.bytes(), line.length());
    }
  }

  private final class Formatters extends FastThreadLocal<Formatter> {
    @Override
    protected Formatter initialValue() {
      var formatter = new Formatter(zone);
      synchronized (AccessLogs.this) {
        rings = Arrays.copyOf(rings, rings.length + 1);
        rings[rings.length - 1] = formatter.ring;
      }
      return formatter;
    }
  }

  private void writeAll() {
    int quiet = 0;
    while (!closed) {
      if (reopen) {
        reopen = false;
        openAgain();
      }
      if (writeOnce()) {
        quiet = 0;
      } else {
        quiet++;
      }
      LockSupport.parkNanos(quiet < 10 ? SHORT_WAIT_NANOS : LONG_WAIT_NANOS);
    }
    writeOnce();
  }

  private boolean writeOnce() {
    boolean any = false;
    for (Ring ring : rings) {
      try {
        any |= ring.drainTo(channel);
      } catch (IOException e) {
        failedWrites = failedWrites + 1;
        warn(e);
      }
    }
    return any;
  }

  private void openAgain() {
    try {
      WritableByteChannel next = target.open();
      WritableByteChannel old = channel;
      channel = next;
      if (target instanceof LogTarget.File) {
        old.close();
      }
    } catch (IOException e) {
      warn(e);
    }
  }

  private void warn(IOException e) {
    if (System.nanoTime() - lastWarning >= WARN_EVERY_NANOS) {
      lastWarning = System.nanoTime();
      LOG.warn("cannot write the access log to {}: {}", target, e.getMessage());
    }
  }
}
