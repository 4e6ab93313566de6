package dev.weir.proxy.scenario;

import static dev.weir.proxy.scenario.Http2Siege.NOTHING;
import static dev.weir.proxy.scenario.Http2Siege.RESETS;
import static dev.weir.proxy.scenario.Http2Siege.STREAMS;
import static dev.weir.proxy.scenario.Http2Siege.flood;
import static dev.weir.proxy.scenario.Http2Siege.many;
import static dev.weir.proxy.scenario.Http2Siege.request;

import dev.weir.proxy.testkit.Http2Client;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients that send what costs them nothing: each is stopped before it costs memory or work at the
/// origin, and others are served meanwhile.
class Http2AttacksTest {
  private static final int PROTOCOL_ERROR = 1;
  private static final int STREAM_CLOSED = 5;
  private static final int COMPRESSION_ERROR = 9;
  private static final int ENHANCE_YOUR_CALM = 11;

  @TempDir private Path directory;
  private Http2Siege siege;

  @BeforeEach
  void start(TestInfo test) throws IOException {
    siege = Http2Siege.start(Http2Siege.name(test), directory);
  }

  @AfterEach
  void close() throws IOException {
    siege.close();
  }

  @Test
  void requestsThatAreGivenUpAtOnceStopAtTheAllowance() throws Exception {
    siege.stopped(
        ENHANCE_YOUR_CALM,
        RESETS + STREAMS,
        () -> {
          try (var client = siege.connect()) {
            var all = new ByteArrayOutputStream();
            for (int stream = 1; stream < 20_000; stream += 2) {
              all.writeBytes(request(client, stream, true));
              all.writeBytes(
                  Http2Client.bytes(Http2Client.RST_STREAM, 0, stream, Http2Client.number(8)));
            }
            return flood(client, all.toByteArray(), 1);
          }
        });
  }

  @Test
  void streamsThatTheProxyIsMadeToResetStopAtTheAllowance() throws Exception {
    siege.stopped(
        ENHANCE_YOUR_CALM,
        RESETS + STREAMS,
        () -> {
          try (var client = siege.connect()) {
            var all = new ByteArrayOutputStream();
            for (int stream = 1; stream < 20_000; stream += 2) {
              all.writeBytes(request(client, stream, true));
              all.writeBytes(mistake(stream));
            }
            return flood(client, all.toByteArray(), 1);
          }
        });
  }

  /// A frame that must not come on a stream whose client has ended it.
  private static byte[] mistake(int stream) {
    return switch (stream / 2 % 3) {
      case 0 -> Http2Client.bytes(Http2Client.WINDOW_UPDATE, 0, stream, new byte[4]);
      case 1 -> Http2Client.bytes(Http2Client.DATA, 0, stream, NOTHING);
      default ->
          Http2Client.bytes(
              Http2Client.WINDOW_UPDATE, 0, stream, Http2Client.number(Integer.MAX_VALUE));
    };
  }

  @Test
  void streamsBeyondTheLimitAreRefusedAndThenTheConnectionIs() throws Exception {
    siege.origin().handler(call -> Thread.sleep(2000)); // an origin that takes its time
    siege.stopped(
        ENHANCE_YOUR_CALM,
        STREAMS,
        () -> {
          try (var client = siege.connect()) {
            var all = new ByteArrayOutputStream();
            for (int stream = 1; stream < 8_000; stream += 2) {
              all.writeBytes(request(client, stream, true));
            }
            return flood(client, all.toByteArray(), 1);
          }
        });
  }

  /// What goes on behind a header block that is not complete.
  private enum Block {
    OF_NOTHING(0, 10_000),
    OF_MUCH(16_000, 1_000);

    private final int size;
    private final int times;

    Block(int size, int times) {
      this.size = size;
      this.times = times;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHeaderBlockThatDoesNotEndIsCutOff(Block block) throws Exception {
    siege.stopped(
        ENHANCE_YOUR_CALM,
        0,
        () -> {
          try (var client = siege.connect()) {
            client.frame(Http2Client.HEADERS, 0, 1, client.block(":method", "GET"));
            byte[] more = block.size == 0 ? NOTHING : client.block("x", "y".repeat(block.size));
            return flood(
                client, Http2Client.bytes(Http2Client.CONTINUATION, 0, 1, more), block.times);
          }
        });
  }

  /// Frames that move nothing.
  private enum Idle {
    PING(Http2Client.bytes(Http2Client.PING, 0, 0, new byte[8])),
    PING_ACK(Http2Client.bytes(Http2Client.PING, Http2Client.ACK, 0, new byte[8])),
    SETTINGS(Http2Client.bytes(Http2Client.SETTINGS, 0, 0, NOTHING)),
    SETTINGS_WINDOW(Http2Client.bytes(Http2Client.SETTINGS, 0, 0, new byte[] {0, 4, 0, 1, 0, 0})),
    SETTINGS_HEADERS(
        Http2Client.bytes(
            Http2Client.SETTINGS, 0, 0, new byte[] {0, 1, -1, -1, -1, -1, 0, 6, 0, 0, 0, 1})),
    SETTINGS_ACK(Http2Client.bytes(Http2Client.SETTINGS, Http2Client.ACK, 0, NOTHING)),
    PRIORITY(Http2Client.bytes(Http2Client.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 1})),
    WINDOW_UPDATE(Http2Client.bytes(Http2Client.WINDOW_UPDATE, 0, 0, Http2Client.number(1))),
    UNKNOWN(Http2Client.bytes(0xfe, 0, 1, NOTHING));

    private final byte[] frame;

    Idle(byte[] frame) {
      this.frame = frame;
    }
  }

  @ParameterizedTest
  @EnumSource
  void framesThatCarryNothingStopAtTheAllowance(Idle idle) throws Exception {
    siege.stopped(
        ENHANCE_YOUR_CALM,
        0,
        () -> {
          try (var client = siege.connect()) {
            return flood(client, many(idle.frame, 1000), 100);
          }
        });
  }

  @Test
  void emptyDataStopsAtTheAllowance() throws Exception {
    siege.stopped(
        ENHANCE_YOUR_CALM,
        1,
        () -> {
          try (var client = siege.connect()) {
            client.request(1, false, "POST", "/");
            byte[] padded = {1, 0};
            return flood(
                client, many(Http2Client.bytes(Http2Client.DATA, 8, 1, padded), 1000), 100);
          }
        });
  }

  /// What is no use of a stream.
  private enum Misuse {
    EVEN_NUMBER(PROTOCOL_ERROR) {
      @Override
      void of(Http2Client client) throws IOException {
        client.wire().send(request(client, 2, true));
      }
    },
    NUMBER_GOES_BACK(STREAM_CLOSED) {
      @Override
      void of(Http2Client client) throws IOException {
        client.get(5, "/").response(5);
        client.get(3, "/");
      }
    },
    DATA_BEFORE_HEADERS(PROTOCOL_ERROR) {
      @Override
      void of(Http2Client client) throws IOException {
        client.data(7, true, "x");
      }
    },
    NO_HEADER_BLOCK(COMPRESSION_ERROR) {
      @Override
      void of(Http2Client client) throws IOException {
        client.frame(Http2Client.HEADERS, 5, 1, new byte[] {(byte) 0xff, (byte) 0xff});
      }
    };

    private final int error;

    Misuse(int error) {
      this.error = error;
    }

    abstract void of(Http2Client client) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void streamsThatAreMisusedAreErrors(Misuse misuse) throws Exception {
    siege.stopped(
        misuse.error,
        0,
        () -> {
          try (var client = siege.connect()) {
            misuse.of(client);
            return client.untilClosed();
          }
        });
  }

  @Test
  void whatComesBehindAnErrorIsNotRead() throws Exception {
    siege.stopped(
        PROTOCOL_ERROR,
        0,
        () -> {
          try (var client = siege.connect()) {
            var all = new ByteArrayOutputStream();
            all.writeBytes(Http2Client.bytes(Http2Client.DATA, 0, 1, NOTHING));
            for (int stream = 1; stream < 2_000; stream += 2) {
              all.writeBytes(request(client, stream, true));
            }
            return flood(client, all.toByteArray(), 1);
          }
        });
  }
}
