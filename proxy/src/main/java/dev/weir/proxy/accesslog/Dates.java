package dev.weir.proxy.accesslog;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Dates in log lines, from times of [System#nanoTime]. The wall clock is asked once a second, and
/// what stays the same within a second is made once. Thread: one loop.
final class Dates {
  private static final DateTimeFormatter HAPROXY =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss.", Locale.ROOT);
  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final DateTimeFormatter local;
  private final InstantSource wall;
  private final LongSupplier ticks;

  /// Where on the wall clock 0 of [System#nanoTime] is, in nanoseconds since 1970.
  private long origin;

  private long nextLook = Long.MIN_VALUE;
  private long second = Long.MIN_VALUE;
  private byte[] haproxy = {};
  private byte[] iso = {};

  /// @param zone of the dates in HAProxy's formats
  /// @param ticks [System#nanoTime]
  Dates(ZoneId zone, InstantSource wall, LongSupplier ticks) {
    local = HAPROXY.withZone(zone);
    this.wall = wall;
    this.ticks = ticks;
  }

  /// Appends `dd/Mon/yyyy:HH:MM:SS.mmm`.
  ///
  /// @param now when the line is made
  void haproxy(Line line, long nanos, long now) {
    int millis = prepare(nanos, now);
    millis(line.put(haproxy), millis);
  }

  /// Appends `yyyy-mm-ddTHH:MM:SS.mmmZ`.
  ///
  /// @param now when the line is made
  void iso(Line line, long nanos, long now) {
    int millis = prepare(nanos, now);
    millis(line.put(iso), millis);
    line.put('Z');
  }

  /// Makes the texts of the second and returns the millisecond in it.
  private int prepare(long nanos, long now) {
    if (nextLook == Long.MIN_VALUE || now - nextLook >= 0) {
      Instant instant = wall.instant();
      origin = instant.getEpochSecond() * SECOND + instant.getNano() - ticks.getAsLong();
      nextLook = now + SECOND;
    }
    long time = origin + nanos;
    long wanted = Math.floorDiv(time, SECOND);
    if (wanted != second) {
      second = wanted;
      Instant instant = Instant.ofEpochSecond(wanted);
      haproxy = local.format(instant).getBytes(StandardCharsets.US_ASCII);
      iso = ISO.format(instant).getBytes(StandardCharsets.US_ASCII);
    }
    return (int) ((time - wanted * SECOND) / MILLI);
  }

  private static void millis(Line line, int millis) {
    line.put((char) ('0' + millis / 100))
        .put((char) ('0' + millis / 10 % 10))
        .put((char) ('0' + millis % 10));
  }
}
