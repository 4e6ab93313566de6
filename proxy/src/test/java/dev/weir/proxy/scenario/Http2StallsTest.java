package dev.weir.proxy.scenario;

import static dev.weir.proxy.scenario.Http2Siege.STREAMS;
import static dev.weir.proxy.scenario.Http2Siege.flood;
import static dev.weir.proxy.scenario.Http2Siege.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Http2Client;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// Clients that make the proxy hold what is large, and those that take nothing of it.
class Http2StallsTest {
  private static final int HEADER_TABLE_SIZE = 1;
  private static final int WINDOW_SIZE = 4;
  private static final int HEADER_LIST_SIZE = 6;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int CANCEL = 8;

  @TempDir private Path directory;
  private Http2Siege siege;

  @BeforeEach
  void start(TestInfo test) throws IOException {
    siege =
        Http2Siege.start(
            Http2Siege.name(test),
            directory,
            test.getTags().contains("one-place")
                ? "connections: {perEndpoint: 1}, queue: {timeout: 10s}"
                : "balance: {algorithm: RoundRobin}");
  }

  @AfterEach
  void close() throws IOException {
    siege.close();
  }

  @Test
  void aHeaderBlockThatIsHeldBackMeetsTheDeadline() throws Exception {
    try (var client = siege.connect()) {
      client.frame(Http2Client.HEADERS, 0, 1, client.block(":method", "GET"));
      assertEquals(0, client.untilClosed());
    }
    assertEquals(0, siege.origin().requests());
  }

  /// One long field enters the table, and is referred to by one byte each.
  private static byte[] indexed(Http2Client client, int length, int times) throws IOException {
    byte[] head =
        client.block(
            ":method",
            "GET",
            ":scheme",
            "http",
            ":path",
            "/",
            ":authority",
            "a",
            "cookie",
            "a".repeat(length));
    byte[] bomb = Arrays.copyOf(head, head.length + times);
    Arrays.fill(bomb, head.length, bomb.length, (byte) (0x80 | 62));
    return bomb;
  }

  @Test
  void aHeadOfManySmallFieldsIsRefusedAndNotBuilt() throws Exception {
    siege.withstands(
        0,
        () -> {
          for (int times = 0; times < 4; times++) {
            try (var client = siege.connect()) {
              byte[] bomb = indexed(client, 3900, 12_000);
              for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
                client.frame(
                    Http2Client.HEADERS,
                    Http2Client.END_HEADERS | Http2Client.END_STREAM,
                    stream,
                    bomb);
                assertEquals(431, client.response(stream).status());
              }
            }
          }
        });
    assertEquals(0, siege.origin().requests());
  }

  @Test
  void headsAsLargeAsAllowedAreHeldForAsManyStreamsAsAllowed() throws Exception {
    siege.origin().handler(call -> call.reply(200, "x".repeat(1 << 20)));
    siege.withstands(
        16 * STREAMS,
        () -> {
          var crowd = new ArrayList<Http2Client>();
          for (int i = 0; i < 16; i++) {
            Http2Client client = siege.connect(WINDOW_SIZE, 0);
            crowd.add(client);
            for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
              client.frame(
                  Http2Client.HEADERS,
                  Http2Client.END_HEADERS | Http2Client.END_STREAM,
                  stream,
                  indexed(client, 220, stream == 1 ? 100 : 0));
            }
          }
          for (Http2Client client : crowd) {
            givenUp(client);
            client.close();
          }
        });
  }

  @Test
  void clientsThatTakeNothingHoldLittleAndAreGivenUp() throws Exception {
    siege.origin().handler(call -> call.reply(200, "x".repeat(1 << 20)));
    siege.withstands(
        STREAMS,
        () -> {
          try (var client = siege.connect(WINDOW_SIZE, 0)) {
            for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
              client.get(stream, "/");
            }
            givenUp(client);
          }
        });
  }

  /// Reads until every stream of a client was reset.
  private static void givenUp(Http2Client client) throws IOException {
    int given = 0;
    while (given < STREAMS) {
      given += client.next(Http2Client.RST_STREAM).number() == CANCEL ? 1 : 0;
    }
  }

  @Test
  void tablesAndListsThatAClientAsksForCostNothing() throws Exception {
    siege.withstands(
        0,
        () -> {
          try (var client = siege.connect(HEADER_TABLE_SIZE, -1, HEADER_LIST_SIZE, 1)) {
            for (int i = 0; i < 200; i++) {
              client.settings(HEADER_TABLE_SIZE, i % 2 == 0 ? 0 : -1, HEADER_LIST_SIZE, i % 2);
              client.get(2 * i + 1, "/");
              assertEquals(200, client.response(2 * i + 1).status());
            }
          }
        });
  }

  @Test
  void aClientThatSaysGoodbyeAndTakesNothingCostsNoTime() throws Exception {
    siege.origin().handler(call -> call.reply(200, "x".repeat(1 << 20)));
    siege.withstands(
        STREAMS,
        () -> {
          try (var client = siege.connect(WINDOW_SIZE, 0)) {
            for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
              client.get(stream, "/");
            }
            client.frame(Http2Client.GOAWAY, 0, 0, new byte[8]);
            client.next(Http2Client.HEADERS);
            long start = System.nanoTime();
            Duration before = siege.proxy().cpuTime();
            givenUp(client);
            Duration spent = siege.proxy().cpuTime().minus(before);
            long waited = System.nanoTime() - start;
            long least = Math.max(waited, 1_000_000_000L); // less says nothing: what it does else
            assertTrue(spent.toNanos() < 0.7 * least, () -> spent + " of " + waited + " ns");
          }
        });
  }

  @Test
  void windowsThatOverflowAreErrors() throws Exception {
    siege.stopped(
        FLOW_CONTROL_ERROR,
        0,
        () -> {
          try (var client = siege.connect()) {
            client.window(0, Integer.MAX_VALUE);
            return client.untilClosed();
          }
        });
    try (var client = siege.connect(WINDOW_SIZE, 0)) {
      client.get(1, "/").window(1, Integer.MAX_VALUE).window(1, 1);
      assertEquals(FLOW_CONTROL_ERROR, client.response(1).reset());
    }
  }

  @Test
  @Tag("one-place")
  void bodiesBeyondTheWindowsAreErrors() throws Exception {
    byte[] frame = new byte[16_384];
    siege.stopped(
        FLOW_CONTROL_ERROR,
        0,
        () -> {
          var over = new CountDownLatch(1);
          siege
              .origin()
              .handler(
                  call -> {
                    over.await();
                    call.reply(200, "late");
                  });
          try (var first = siege.connect();
              var client = siege.connect();
              var greedy = siege.connect()) {
            first.get(1, "/");
            Await.until("the endpoint is busy", () -> siege.origin().inFlight() == 1);
            client.request(1, false, "POST", "/");
            for (int i = 0; i < 9; i++) {
              client.frame(Http2Client.DATA, 0, 1, frame);
            }
            assertEquals(FLOW_CONTROL_ERROR, client.response(1).reset());
            var all = new ByteArrayOutputStream();
            for (int stream = 1; stream <= 17; stream += 2) {
              all.writeBytes(request(greedy, stream, false));
              for (int i = 0; i < 8; i++) {
                all.writeBytes(Http2Client.bytes(Http2Client.DATA, 0, stream, frame));
              }
            }
            int error = flood(greedy, all.toByteArray(), 1);
            over.countDown();
            assertEquals(200, first.response(1).status());
            return error;
          }
        });
  }
}
