package dev.weir.proxy.accesslog;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Dates in log lines; what stays the same within a second is made once per second. Thread: one
/// loop.
final class Dates {
  private static final DateTimeFormatter HAPROXY =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss.", Locale.ROOT);
  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final DateTimeFormatter local;
  private long second = Long.MIN_VALUE;
  private byte[] haproxy = {};
  private byte[] iso = {};

  /// @param zone of the dates in HAProxy's formats
  Dates(ZoneId zone) {
    local = HAPROXY.withZone(zone);
  }

  /// Appends `dd/Mon/yyyy:HH:MM:SS.mmm`.
  void haproxy(Line line, long millis) {
    prepare(millis);
    millis(line.put(haproxy), millis);
  }

  /// Appends `yyyy-mm-ddTHH:MM:SS.mmmZ`.
  void iso(Line line, long millis) {
    prepare(millis);
    millis(line.put(iso), millis);
    line.put('Z');
  }

  private void prepare(long millis) {
    long now = Math.floorDiv(millis, 1000);
    if (now != second) {
      second = now;
      Instant instant = Instant.ofEpochSecond(now);
      haproxy = local.format(instant).getBytes(StandardCharsets.US_ASCII);
      iso = ISO.format(instant).getBytes(StandardCharsets.US_ASCII);
    }
  }

  private static void millis(Line line, long millis) {
    int part = (int) Math.floorMod(millis, 1000L);
    line.put((char) ('0' + part / 100))
        .put((char) ('0' + part / 10 % 10))
        .put((char) ('0' + part % 10));
  }
}
