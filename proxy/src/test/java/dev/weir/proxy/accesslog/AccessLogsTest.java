package dev.weir.proxy.accesslog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.ListenerConfig;
import dev.weir.config.ListenerConfig.LogFormat;
import dev.weir.proxy.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogsTest {
  @TempDir Path directory;

  @Test
  void aRingGivesBackWholeLinesInOrderAcrossItsEnd() throws IOException {
    var ring = new Ring(64);
    var out = new ByteArrayOutputStream();
    var expected = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      String line = "line " + i + "x".repeat(i % 20) + "\n";
      expected.append(line);
      ring.offer(line.getBytes(StandardCharsets.US_ASCII), line.length());
      assertTrue(ring.drainTo(Channels.newChannel(out)));
    }
    assertEquals(expected.toString(), out.toString(StandardCharsets.US_ASCII));
    assertFalse(ring.drainTo(Channels.newChannel(out)));
    assertEquals(0, ring.dropped());
    assertEquals(100, ring.lines());
  }

  @Test
  void aFullRingDropsWholeLinesAndCountsThem() throws IOException {
    var ring = new Ring(64);
    byte[] line = "0123456789012345678901234567\n".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 5; i++) {
      ring.offer(line, line.length);
    }
    assertEquals(3, ring.dropped());
    var out = new ByteArrayOutputStream();
    ring.drainTo(Channels.newChannel(out));
    assertEquals(2 * line.length, out.size());
    ring.offer(line, line.length);
    assertEquals(3, ring.dropped());
  }

  @Test
  void aTargetThatFailsCostsWholeLinesThatAreCounted() throws IOException {
    var ring = new Ring(64);
    byte[] line = "0123456789\n".getBytes(StandardCharsets.US_ASCII);
    ring.offer(line, line.length);
    ring.offer(line, line.length);
    var disk = new FullDisk(15);
    assertThrows(IOException.class, () -> ring.drainTo(disk));
    assertEquals(1, ring.dropped());
    disk.room = 100;
    assertFalse(ring.drainTo(disk));
    ring.offer(line, line.length);
    assertTrue(ring.drainTo(disk));
    assertEquals(
        "0123456789\n0123\n0123456789\n", disk.written.toString(StandardCharsets.US_ASCII));
    assertEquals(1, ring.dropped());
  }

  /// Takes a part of what it gets, then nothing.
  private static final class FullDisk implements WritableByteChannel {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private int room;

    FullDisk(int room) {
      this.room = room;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      if (room == 0) {
        throw new IOException("No space left on device");
      }
      var bytes = new byte[Math.min(room, from.remaining())];
      from.get(bytes);
      written.writeBytes(bytes);
      room -= bytes.length;
      return bytes.length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  @Test
  void linesReachTheFileAndAfterARotationTheNewOne() throws Exception {
    Path file = directory.resolve("access.log");
    try (var logs = AccessLogs.open(new LogTarget.File(file), ZoneOffset.UTC)) {
      AccessLog log = logs.http(settings(LogFormat.HTTPLog, false));
      log.log(record(10));
      Await.until("written", () -> Files.readAllLines(file).size() == 1);
      Path rotated = Files.move(file, directory.resolve("access.log.1"));
      logs.reopen();
      Await.until("opened again", () -> Files.exists(file));
      log.log(record(10));
      Await.until("written", () -> Files.readAllLines(file).size() == 1);
      assertEquals(1, Files.readAllLines(rotated).size());
      assertEquals(2, logs.lines());
    }
  }

  @Test
  void whatIsLeftIsWrittenAtTheEnd() throws Exception {
    Path file = directory.resolve("access.log");
    try (var logs = AccessLogs.open(new LogTarget.File(file), ZoneOffset.UTC)) {
      AccessLog log = logs.tcp(settings(LogFormat.JSON, false));
      for (int i = 0; i < 1000; i++) {
        log.log(record(1));
      }
    }
    assertEquals(1000, Files.readAllLines(file).size());
  }

  @Test
  void connectionsWithoutAByteAreSkippedWhenAskedAndNothingIsLoggedWithNone() throws Exception {
    Path file = directory.resolve("access.log");
    try (var logs = AccessLogs.open(new LogTarget.File(file), ZoneOffset.UTC)) {
      logs.http(settings(LogFormat.JSON, true)).log(record(0));
      logs.http(settings(LogFormat.None, false)).log(record(10));
      logs.http(settings(LogFormat.JSON, false)).log(record(0));
    }
    assertEquals(1, Files.readAllLines(file).size());
  }

  @Test
  void aTargetThatCannotBeOpenedIsAnError() {
    var target = new LogTarget.File(directory.resolve("missing").resolve("access.log"));
    assertThrows(IOException.class, () -> AccessLogs.open(target, ZoneOffset.UTC).close());
  }

  private static ListenerConfig.AccessLog settings(LogFormat format, boolean skipEmpty) {
    return new ListenerConfig.AccessLog(format, skipEmpty);
  }

  private static AccessRecord record(long bytesIn) {
    var record = new AccessRecord();
    record.listener = "web";
    record.bytesIn = bytesIn;
    return record;
  }
}
