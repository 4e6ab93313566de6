package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Payload;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bodies far larger than the heap, in both directions, and readers that stop reading.
///
/// The size in bytes is the system property `weir.body.size`, one billion unless set.
class LargeBodiesTest {
  private static final long SIZE = Long.getLong("weir.body.size", 1_000_000_000L);
  private static final long ALLOWANCE = 48L << 20;
  @TempDir Path directory;
  private final int http = Ports.free();
  private final int tcp = Ports.free();

  @Test
  void gigabytesPassBothWaysThroughHttpAndTcpInFlatMemory() throws Exception {
    var digest = Payload.digest(SIZE);
    try (var origin = Origin.start("s1");
        var proxy = start(origin)) {
      transfer(http, 20_000_000, Payload.digest(20_000_000));
      transfer(tcp, 20_000_000, Payload.digest(20_000_000));
      var warm = proxy.peakMemory();
      transfer(http, SIZE, digest);
      transfer(tcp, SIZE, digest);
      var growth = proxy.peakMemory() - warm;
      System.out.printf(
          "4 x %d MB through -Xmx128m: peak %d MB, %d MB more than after 4 x 20 MB%n",
          SIZE / 1_000_000, proxy.peakMemory() >> 20, growth >> 20);
      assertTrue(growth < ALLOWANCE, () -> "grew by " + (growth >> 20) + " MiB");
    }
  }

  @Test
  void readersThatStopReadingHoldTheOriginsBackAndNotTheMemory() throws Exception {
    try (var origin = Origin.start("s1");
        var proxy = start(origin)) {
      transfer(http, 20_000_000, Payload.digest(20_000_000));
      var before = proxy.residentMemory();
      var readers = new Wire[20];
      for (var i = 0; i < readers.length; i++) {
        readers[i] = Wire.connect(i % 2 == 0 ? http : tcp, 32 * 1024).get("/bytes/100000000");
      }
      var highest = before;
      for (var look = 0; look < 20; look++) {
        highest = Math.max(highest, proxy.residentMemory());
        assertEquals("s1", LoadClient.fetch(http, "/"));
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
      var growth = highest - before;
      assertTrue(growth < ALLOWANCE, () -> "grew by " + (growth >> 20) + " MiB");
      Await.until("all origins still wait to send", () -> origin.inFlight() == 20);
      for (var reader : readers) {
        reader.close();
      }
    }
  }

  private ProxyProcess start(Origin origin) throws IOException {
    var text =
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", http), Yaml.listener("tcp", tcp, "protocol: TCP")),
            List.of(Yaml.pool("web", Yaml.FAST, origin)));
    var file = Files.writeString(directory.resolve("weir.yaml"), text);
    return ProxyProcess.config(file).heap("128m").jvm("-XX:TieredStopAtLevel=4").start();
  }

  private static void transfer(int port, long size, String digest) throws IOException {
    try (var wire = Wire.connect(port)) {
      wire.get("/bytes/" + size);
      var head = wire.readHead();
      assertEquals(200, head.status());
      assertEquals(new Payload.Received(size, digest), Payload.drain(wire.responseBody(head)));
      wire.send("PUT /digest HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n");
      wire.patience(Duration.ofMinutes(1));
      Payload.write(wire.output(), size);
      assertEquals(size + " " + digest, wire.readResponse().body());
    }
  }
}
