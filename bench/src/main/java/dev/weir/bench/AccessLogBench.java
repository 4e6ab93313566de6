package dev.weir.bench;

import dev.weir.config.ListenerConfig;
import dev.weir.config.ListenerConfig.LogFormat;
import dev.weir.proxy.accesslog.AccessLog;
import dev.weir.proxy.accesslog.AccessLogs;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.accesslog.LogTarget;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a line of the access log costs its loop: made, and put into the ring. The writer empties
/// the ring between the measurements, so that no line is dropped.
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AccessLogBench {
  private static final int LINES = 2_000;
  private static final byte[] LINE =
      "GET /shop/items?page=2&sort=price HTTP/1.1".getBytes(StandardCharsets.US_ASCII);

  @Param({"HTTPLog", "JSON", "None"})
  private LogFormat format = LogFormat.HTTPLog;

  private final AccessRecord record = new AccessRecord();
  private @Nullable AccessLogs logs;
  private @Nullable AccessLog log;

  @Setup
  public void open() throws IOException {
    AccessLogs opened =
        AccessLogs.open(new LogTarget.File(Path.of("/dev/null")), ZoneId.of("Europe/Berlin"));
    logs = opened;
    log = opened.http(new ListenerConfig.AccessLog(format, true));
    record.client(new InetSocketAddress("192.0.2.1", 51_234));
    record.loadBalancer = "shop/web";
    record.listener = "http";
    record.pool = "web";
    record.endpoint = "web-1";
    record.head = LINE;
    record.methodEnd = 3;
    record.targetEnd = LINE.length - " HTTP/1.1".length();
    record.minorVersion = 1;
    record.status = 200;
    record.bytesIn = 412;
    record.bytesOut = 18_734;
    record.processConnections = 128;
    record.listenerConnections = 128;
    record.poolConnections = 31;
    record.endpointConnections = 15;
  }

  @Setup(Level.Invocation)
  public void empty() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(25);
  }

  @TearDown
  public void close() throws InterruptedException {
    AccessLogs open = Objects.requireNonNull(logs);
    if (open.dropped() > 0) {
      throw new IllegalStateException(open.dropped() + " lines were dropped");
    }
    open.close();
  }

  @Benchmark
  @OperationsPerInvocation(LINES)
  public AccessRecord line() {
    AccessLog to = Objects.requireNonNull(log);
    long now = System.nanoTime();
    for (int i = 0; i < LINES; i++) {
      record.started = now + i * 1_000L;
      record.headReceived = record.started + 20_000;
      record.dequeued = record.headReceived;
      record.connected = record.dequeued;
      record.responded = record.connected + 1_234_567;
      record.ended = record.responded + 98_765;
      to.log(record);
    }
    return record;
  }
}
