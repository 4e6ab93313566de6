package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Payload;
import dev.weir.proxy.testkit.Payload.Received;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Relays that move much and so go through pipes of the kernel: nothing that holds for others is
/// lost.
class TcpBulkTest {
  private static final long SIZE = 40_000_000;
  private static final int LOOPS = 2;
  private static final int SPARE_PIPES = 8;
  private static Lanes lanes;
  private static ExecutorService threads;

  @BeforeAll
  static void start() throws IOException {
    lanes = Lanes.start(8, List.of("protocol: TCP", "timeouts: {idle: 5s}"), List.of());
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterAll
  static void stop() throws IOException {
    threads.shutdownNow();
    lanes.close();
  }

  @Test
  void bytesPassBothWaysAtOnceAndEachEndFollowsThem() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client();
        var origin = lane.origin().accept()) {
      var up = send(client, SIZE + 1);
      var down = send(origin, SIZE / 2);
      var atOrigin = drain(origin);
      assertEquals(payload(SIZE / 2), Payload.drain(client.input()));
      assertEquals(payload(SIZE + 1), atOrigin.get());
      up.get();
      down.get();
    }
    var record = logged(SIZE + 1);
    assertTrue(record.contains("\"sentBytes\":" + SIZE / 2), record);
    assertTrue(!record.contains("failure"), record);
  }

  @Test
  void smallMessagesFollowLargeOnesOnTheSameConnection() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client();
        var origin = lane.origin().accept()) {
      for (var round = 0; round < 3; round++) {
        var writing = threads.submit(() -> write(origin, 5_000_000));
        assertEquals(
            payload(5_000_000),
            Payload.drain(new ByteArrayInputStream(client.input().readNBytes(5_000_000))));
        writing.get();
        for (var i = 0; i < 100; i++) {
          client.send("question " + i + "\n");
          origin.expect("question " + i + "\n");
          origin.send("answer " + i + "\n");
          client.expect("answer " + i + "\n");
        }
      }
    }
  }

  @Test
  void aClientThatEndedItsOutputGetsAllOfALargeAnswer() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("question").endOutput();
      var origin = lane.origin().accept();
      assertEquals("question", origin.read(1000));
      var down = send(origin, SIZE);
      assertEquals(payload(SIZE), Payload.drain(client.input()));
      down.get();
    }
  }

  @Test
  void aServerThatGotALargeUploadWithItsEndAnswersThen() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client();
        var origin = lane.origin().accept()) {
      var up = send(client, SIZE);
      assertEquals(payload(SIZE), Payload.drain(origin.input()));
      up.get();
      origin.send("thank you").endOutput();
      assertEquals("thank you", client.read(1000));
    }
  }

  @Test
  void aResetOfTheServerReachesTheClient() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client();
        var origin = lane.origin().accept()) {
      endless(origin, new AtomicLong());
      client.input().skipNBytes(5_000_000);
      origin.reset();
      assertThrows(IOException.class, () -> Payload.drain(client.input()));
    }
  }

  @Test
  void aResetOfTheClientReachesTheServer() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client();
        var origin = lane.origin().accept()) {
      var writing = endless(origin, new AtomicLong());
      client.input().skipNBytes(5_000_000);
      client.reset();
      writing.get();
    }
  }

  @Test
  void aClientThatStopsReadingHoldsTheServerBackAndMeetsTheIdleTimeout() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client();
        var origin = lane.origin().accept()) {
      var sent = new AtomicLong();
      var writing = endless(origin, sent);
      client.input().skipNBytes(5_000_000);
      writing.get();
      assertTrue(sent.get() < 64 << 20, "bytes that went nowhere: " + sent);
      assertThrows(IOException.class, () -> Payload.drain(client.input()));
    }
  }

  @Test
  void pipesCarryTheBytesAndGoBackToTheirLoop() throws Exception {
    Needs.that(Files.isDirectory(Path.of("/proc/self/fd")), "splice(2): only on Linux");
    var lane = lanes.next();
    try (var client = lane.client();
        var origin = lane.origin().accept()) {
      endless(origin, new AtomicLong());
      client.input().skipNBytes(5_000_000);
      Await.until(
          "a pipe",
          () -> {
            client.input().skipNBytes(1_000_000);
            return pipes() > 0;
          });
    }
    Await.until("only spare pipes are left", () -> pipes() <= LOOPS * SPARE_PIPES * 2);
  }

  @Test
  void aTransferOutlivesItsListenerAndChangesOfTheConfiguration(@TempDir Path directory)
      throws Exception {
    try (var raw = RawOrigin.start();
        var proxy = proxy(directory, raw)) {
      transferAcrossChanges(directory, raw, proxy);
    }
  }

  @Test
  void whereThereIsNoEpollBytesAreCopied(@TempDir Path directory) throws Exception {
    try (var raw = RawOrigin.start();
        var proxy = proxy(directory, raw, "-Dio.netty.transport.noNative=true")) {
      assertTrue(proxy.logged("NIO is"), proxy::describe);
      transferAcrossChanges(directory, raw, proxy);
    }
  }

  private static ProxyProcess proxy(Path directory, RawOrigin origin, String... jvm)
      throws IOException {
    ConfigFile.replace(directory.resolve("weir.yaml"), manifest(Ports.free(), origin));
    return ProxyProcess.config(directory).jvm(jvm).start();
  }

  private static String manifest(int port, RawOrigin origin) {
    return Yaml.loadBalancer(
        "web",
        List.of(Yaml.listener("tcp", port, "protocol: TCP")),
        List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED)));
  }

  private static void transferAcrossChanges(Path directory, RawOrigin raw, ProxyProcess proxy)
      throws Exception {
    var port = proxy.state().path("listeners").path(0).path("port").asInt();
    try (var client = Wire.connect(port);
        var origin = raw.accept()) {
      var sent = new AtomicLong();
      var up = endless(client, sent);
      origin.input().skipNBytes(5_000_000);
      ConfigFile.replace(directory.resolve("weir.yaml"), manifest(Ports.free(), raw));
      proxy.awaitState("another listener", state -> state.path("applied").asInt() == 2);
      origin.input().skipNBytes(20_000_000);
      var down = send(origin, SIZE);
      assertEquals(payload(SIZE), Payload.drain(client.input()));
      down.get();
      client.reset();
      up.get();
    }
  }

  /// How many ends of pipes the proxy has open, but for its standard streams.
  private static long pipes() throws IOException {
    try (var open = Files.list(Path.of("/proc/" + lanes.proxy().pid() + "/fd"))) {
      return open.filter(fd -> Integer.parseInt(fd.getFileName().toString()) > 2)
          .filter(TcpBulkTest::isPipe)
          .count();
    }
  }

  private static boolean isPipe(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString().startsWith("pipe:");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static String logged(long received) {
    return Await.value(
        "a log line",
        Duration.ofSeconds(10),
        () ->
            Files.readAllLines(lanes.proxy().accessLog()).stream()
                .filter(line -> line.contains("\"receivedBytes\":" + received + ","))
                .findFirst()
                .orElse(null));
  }

  private static Received payload(long size) throws IOException {
    return new Received(size, Payload.digest(size));
  }

  private static Void write(Wire wire, long size) throws IOException {
    Payload.write(wire.output(), size);
    return null;
  }

  /// Sends so much and the end.
  private static Future<Void> send(Wire wire, long size) {
    return threads.submit(
        () -> {
          write(wire, size);
          wire.endOutput();
          return null;
        });
  }

  /// Sends until that fails.
  private static Future<Void> endless(Wire wire, AtomicLong sent) {
    var block = new byte[64 * 1024];
    return threads.submit(
        () -> {
          try {
            while (true) {
              wire.send(block);
              sent.addAndGet(block.length);
            }
          } catch (IOException closed) {
            return null;
          }
        });
  }

  private static Future<Received> drain(Wire wire) {
    return threads.submit(() -> Payload.drain(wire.input()));
  }
}
