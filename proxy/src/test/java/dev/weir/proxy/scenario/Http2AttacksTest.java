package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that abuse HTTP/2: each is stopped before it costs memory or work at the origin. With
/// `-Dweir.flood.seconds` each attack is repeated for that long, on new connections.
class Http2AttacksTest {
  private static final int PROTOCOL_ERROR = 1;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int STREAM_CLOSED = 5;
  private static final int COMPRESSION_ERROR = 9;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final int RESETS = 200;
  private static final int STREAMS = 16;
  private static final byte[] NOTHING = {};

  /// What all attacks of a test together may leave behind.
  private static final long MEMORY = 48L << 20;

  private static final long SECONDS = Long.getLong("weir.flood.seconds", 0);

  @TempDir private Path directory;
  private final int port = Ports.free();
  private Origin origin;
  private ProxyProcess proxy;

  @BeforeEach
  void open() throws IOException {
    origin = Origin.start("one");
    start("balance: {algorithm: RoundRobin}");
  }

  private void start(String pool) throws IOException {
    var file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener(
                    "http",
                    port,
                    "limits: {streams: " + STREAMS + "}",
                    "timeouts: {idle: 1s, header: 3s}",
                    "accessLog: {format: None}")),
            List.of(Yaml.pool("web", Yaml.endpoints(origin), Yaml.UNCHECKED, pool))));
    proxy = ProxyProcess.config(file).loops(1).heap("48m").start();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    origin.close();
  }

  /// A client that misbehaves until it is stopped.
  private interface Attack {
    /// Returns the error of the GOAWAY that ends it, -1 for none.
    int run() throws Exception;
  }

  /// Runs an attack, again and again when asked to, and sees that the proxy is well afterwards.
  private void stopped(int error, Attack attack) throws Exception {
    stopped(error, attack, () -> error);
  }

  /// As [#stopped], with something to do before the proxy must be well.
  private void stopped(int error, Attack attack, Attack then) throws Exception {
    assertEquals(error, attack.run());
    long before = proxy.residentMemory();
    long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
    for (int times = 0; times < 5 || System.nanoTime() < end; times++) {
      assertEquals(error, attack.run());
    }
    long grown = proxy.residentMemory() - before;
    assertTrue(grown < MEMORY, () -> "the proxy grew by " + (grown >> 20) + " MiB");
    then.run();
    try (var client = Http2Client.connect(port)) {
      assertEquals(200, client.get(1, "/").response(1).status());
    }
  }

  private Http2Client connect(int... settings) throws IOException {
    return Http2Client.connect(port, settings);
  }

  /// Sends the same bytes until the connection breaks or enough were sent, and returns what the
  /// GOAWAY said.
  private int flood(Http2Client client, byte[] bytes, int times) {
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < times; i++) {
                      client.wire().send(bytes);
                    }
                  } catch (IOException stopped) {
                    return;
                  }
                });
    int code = client.untilClosed();
    sender.interrupt();
    return code;
  }

  private static byte[] many(byte[] frame, int times) {
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      all.writeBytes(frame);
    }
    return all.toByteArray();
  }

  private static byte[] request(Http2Client client, int stream, boolean end) throws IOException {
    return Http2Client.bytes(
        Http2Client.HEADERS,
        Http2Client.END_HEADERS | (end ? Http2Client.END_STREAM : 0),
        stream,
        client.block(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"));
  }

  @Test
  void requestsThatAreGivenUpAtOnceStopAtTheAllowance() throws Exception {
    long[] work = {0};
    stopped(
        ENHANCE_YOUR_CALM,
        () -> {
          long before = origin.requests();
          try (var client = connect()) {
            var all = new ByteArrayOutputStream();
            for (int stream = 1; stream < 20_000; stream += 2) {
              all.writeBytes(request(client, stream, true));
              all.writeBytes(
                  Http2Client.bytes(Http2Client.RST_STREAM, 0, stream, Http2Client.number(8)));
            }
            int code = flood(client, all.toByteArray(), 1);
            work[0] = Math.max(work[0], origin.requests() - before);
            return code;
          }
        });
    assertTrue(work[0] <= RESETS + STREAMS, () -> work[0] + " requests reached the origin");
  }

  @Test
  void streamsThatTheProxyIsMadeToResetStopAtTheAllowance() throws Exception {
    long[] work = {0};
    stopped(
        ENHANCE_YOUR_CALM,
        () -> {
          long before = origin.requests();
          try (var client = connect()) {
            var all = new ByteArrayOutputStream();
            for (int stream = 1; stream < 20_000; stream += 2) {
              all.writeBytes(request(client, stream, true));
              all.writeBytes(
                  switch (stream / 2 % 3) {
                    case 0 -> Http2Client.bytes(Http2Client.WINDOW_UPDATE, 0, stream, new byte[4]);
                    case 1 -> Http2Client.bytes(Http2Client.DATA, 0, stream, NOTHING);
                    default ->
                        Http2Client.bytes(
                            Http2Client.WINDOW_UPDATE,
                            0,
                            stream,
                            Http2Client.number(Integer.MAX_VALUE));
                  });
            }
            int code = flood(client, all.toByteArray(), 1);
            work[0] = Math.max(work[0], origin.requests() - before);
            return code;
          }
        });
    assertTrue(work[0] <= RESETS + STREAMS, () -> work[0] + " requests reached the origin");
  }

  @Test
  void aHeaderBlockThatDoesNotEndIsCutOff() throws Exception {
    stopped(
        ENHANCE_YOUR_CALM,
        () -> {
          try (var client = connect()) {
            client.frame(Http2Client.HEADERS, 0, 1, client.block(":method", "GET"));
            return flood(
                client, Http2Client.bytes(Http2Client.CONTINUATION, 0, 1, NOTHING), 10_000);
          }
        });
    stopped(
        ENHANCE_YOUR_CALM,
        () -> {
          try (var client = connect()) {
            client.frame(Http2Client.HEADERS, 0, 1, client.block(":method", "GET"));
            byte[] block = client.block("x", "y".repeat(16_000));
            return flood(client, Http2Client.bytes(Http2Client.CONTINUATION, 0, 1, block), 1_000);
          }
        });
  }

  @Test
  void aHeaderBlockThatIsHeldBackMeetsTheDeadline() throws Exception {
    try (var client = connect()) {
      client.frame(Http2Client.HEADERS, 0, 1, client.block(":method", "GET"));
      assertEquals(0, client.untilClosed());
    }
    assertEquals(0, origin.requests());
  }

  @Test
  void framesThatCarryNothingStopAtTheAllowance() throws Exception {
    byte[][] frames = {
      Http2Client.bytes(Http2Client.PING, 0, 0, new byte[8]),
      Http2Client.bytes(Http2Client.PING, Http2Client.ACK, 0, new byte[8]),
      Http2Client.bytes(Http2Client.SETTINGS, 0, 0, NOTHING),
      Http2Client.bytes(Http2Client.SETTINGS, 0, 0, new byte[] {0, 4, 0, 1, 0, 0}),
      Http2Client.bytes(Http2Client.SETTINGS, Http2Client.ACK, 0, NOTHING),
      Http2Client.bytes(Http2Client.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 1}),
      Http2Client.bytes(Http2Client.WINDOW_UPDATE, 0, 0, Http2Client.number(1)),
      Http2Client.bytes(0xfe, 0, 1, NOTHING),
    };
    for (byte[] frame : frames) {
      stopped(
          ENHANCE_YOUR_CALM,
          () -> {
            try (var client = connect()) {
              return flood(client, many(frame, 1000), 100);
            }
          });
    }
  }

  @Test
  void emptyDataStopsAtTheAllowance() throws Exception {
    stopped(
        ENHANCE_YOUR_CALM,
        () -> {
          try (var client = connect()) {
            client.request(1, false, "POST", "/");
            byte[] padded = {1, 0};
            return flood(
                client, many(Http2Client.bytes(Http2Client.DATA, 8, 1, padded), 1000), 100);
          }
        });
  }

  @Test
  void aHeadOfManySmallFieldsIsRefusedAndNotBuilt() throws Exception {
    long before = proxy.peakMemory();
    for (int times = 0; times < 20; times++) {
      try (var client = connect()) {
        byte[] first = client.block("cookie", "a".repeat(3900));
        byte[] bomb = Arrays.copyOf(first, 16_000);
        Arrays.fill(bomb, first.length, bomb.length, (byte) (0x80 | 62));
        for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
          client.frame(
              Http2Client.HEADERS, Http2Client.END_HEADERS | Http2Client.END_STREAM, stream, bomb);
        }
        assertEquals(431, client.response(1).status());
      }
    }
    assertEquals(0, origin.requests());
    long grown = proxy.peakMemory() - before;
    assertTrue(grown < MEMORY, () -> "the proxy grew by " + (grown >> 20) + " MiB");
  }

  @Test
  void clientsThatTakeNothingHoldLittleAndAreGivenUp() throws Exception {
    origin.handler(call -> call.reply(200, "x".repeat(1 << 20)));
    long before = proxy.peakMemory();
    try (var client = connect(4, 0)) {
      for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
        client.get(stream, "/");
      }
      int given = 0;
      while (given < STREAMS) {
        given += client.next(Http2Client.RST_STREAM).number() == 8 ? 1 : 0;
      }
    }
    long grown = proxy.peakMemory() - before;
    assertTrue(grown < MEMORY, () -> "the proxy grew by " + (grown >> 20) + " MiB");
  }

  @Test
  void windowsThatOverflowAreErrors() throws Exception {
    stopped(
        FLOW_CONTROL_ERROR,
        () -> {
          try (var client = connect()) {
            client.window(0, Integer.MAX_VALUE);
            return client.untilClosed();
          }
        });
    try (var client = connect(4, 0)) {
      client.get(1, "/").window(1, Integer.MAX_VALUE).window(1, 1);
      assertEquals(FLOW_CONTROL_ERROR, client.response(1).reset());
    }
  }

  @Test
  void bodiesBeyondTheWindowsAreErrors() throws Exception {
    proxy.close();
    start("connections: {perEndpoint: 1}, queue: {timeout: 10s}");
    byte[] frame = new byte[16_384];
    try (var first = connect()) {
      first.get(1, "/sleep/30000");
      Await.until("the endpoint is busy", () -> origin.inFlight() == 1);
      try (var client = connect()) {
        client.request(1, false, "POST", "/");
        for (int i = 0; i < 9; i++) {
          client.frame(Http2Client.DATA, 0, 1, frame);
        }
        assertEquals(FLOW_CONTROL_ERROR, client.response(1).reset());
      }
      stopped(
          FLOW_CONTROL_ERROR,
          () -> {
            try (var client = connect()) {
              var all = new ByteArrayOutputStream();
              for (int stream = 1; stream <= 17; stream += 2) {
                all.writeBytes(request(client, stream, false));
                for (int i = 0; i < 8; i++) {
                  all.writeBytes(Http2Client.bytes(Http2Client.DATA, 0, stream, frame));
                }
              }
              return flood(client, all.toByteArray(), 1);
            }
          },
          () -> {
            first.reset(1, 8);
            return 0;
          });
    }
  }

  @Test
  void streamsThatAreMisusedAreErrors() throws Exception {
    stopped(
        PROTOCOL_ERROR,
        () -> {
          try (var client = connect()) {
            client.wire().send(request(client, 2, true));
            return client.untilClosed();
          }
        });
    stopped(
        STREAM_CLOSED,
        () -> {
          try (var client = connect()) {
            client.get(5, "/").response(5);
            client.get(3, "/");
            return client.untilClosed();
          }
        });
    stopped(
        PROTOCOL_ERROR,
        () -> {
          try (var client = connect()) {
            client.data(7, true, "x");
            return client.untilClosed();
          }
        });
    stopped(
        COMPRESSION_ERROR,
        () -> {
          try (var client = connect()) {
            client.frame(Http2Client.HEADERS, 5, 1, new byte[] {(byte) 0xff, (byte) 0xff});
            return client.untilClosed();
          }
        });
  }

  @Test
  void streamsBeyondTheLimitAreRefusedAndThenTheConnectionIs() throws Exception {
    origin.handler(call -> Thread.sleep(2000));
    try (var client = connect()) {
      var all = new ByteArrayOutputStream();
      for (int stream = 1; stream < 8_000; stream += 2) {
        all.writeBytes(request(client, stream, true));
      }
      assertEquals(ENHANCE_YOUR_CALM, flood(client, all.toByteArray(), 1));
    }
    assertTrue(origin.requests() <= STREAMS, () -> origin.requests() + " requests");
  }
}
