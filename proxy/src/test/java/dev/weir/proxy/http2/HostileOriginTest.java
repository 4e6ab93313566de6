package dev.weir.proxy.http2;

import static dev.weir.proxy.testkit.Http2Wire.CONTINUATION;
import static dev.weir.proxy.testkit.Http2Wire.DATA;
import static dev.weir.proxy.testkit.Http2Wire.END_HEADERS;
import static dev.weir.proxy.testkit.Http2Wire.GOAWAY;
import static dev.weir.proxy.testkit.Http2Wire.HEADERS;
import static dev.weir.proxy.testkit.Http2Wire.PING;
import static dev.weir.proxy.testkit.Http2Wire.RST_STREAM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.http1.Frontend;
import dev.weir.proxy.http1.Frontend.Limits;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Http2Wire;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Origins that speak HTTP/2 to do harm: what each of them gets, and that the proxy goes on.
class HostileOriginTest extends Http2OriginScene {
  private static final int HEADER_TABLE_SIZE = 1;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int HEADER_LIST_SIZE = 6;
  private static final int PROTOCOL_ERROR = 1;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int COMPRESSION_ERROR = 9;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final int FLOOD = 20_000;
  private static final Limits SHORT =
      new Limits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(3),
          Duration.ofSeconds(3),
          Duration.ofSeconds(2),
          3,
          0);

  /// What an origin does instead of an answer to the request on stream 1.
  private interface Attack {
    void on(Http2Wire to) throws IOException;
  }

  /// The connection ends with that error, the request is answered all the same, and the next one
  /// goes over a new connection.
  private void endsTheConnection(int code, Attack attack) throws IOException {
    try (var client = Wire.connect(proxy.port())) {
      client.get("/");
      var to = accept();
      to.readHeaders();
      try {
        attack.on(to);
      } catch (IOException closed) {
        // A flood that is cut short.
      }
      assertEquals(502, client.readResponse().status());
      try {
        assertEquals(code, to.await(GOAWAY).number(4));
      } catch (IOException reset) {
        // Bytes of the flood that nobody reads any more reset the connection: then the goodbye may
        // be lost.
        assertEquals(ENHANCE_YOUR_CALM, code, reset.toString());
      }
      client.get("/again");
      var next = accept();
      next.readHeaders();
      next.headers(1, true, ":status: 200");
      assertEquals(200, client.readResponse().status());
      next.close();
      to.close();
    }
  }

  @Test
  void headerBlocksWithoutEndAreCut() throws Exception {
    endsTheConnection(
        ENHANCE_YOUR_CALM,
        to -> {
          to.send(HEADERS, 0, 1, to.block(":status: 200"));
          for (int i = 0; i < FLOOD; i++) {
            to.send(CONTINUATION, 0, 1);
          }
        });
    endsTheConnection(
        ENHANCE_YOUR_CALM,
        to -> {
          to.send(HEADERS, 0, 1, to.block(":status: 200"));
          for (int i = 0; i < 10; i++) {
            to.send(CONTINUATION, 0, 1, to.block("x: " + "y".repeat(16_000)));
          }
        });
  }

  @Test
  void floodsOfFramesThatMoveNothingAreCut() throws Exception {
    endsTheConnection(ENHANCE_YOUR_CALM, to -> flood(() -> to.settings()));
    endsTheConnection(ENHANCE_YOUR_CALM, to -> flood(() -> to.send(PING, 0, 0, new byte[8])));
    endsTheConnection(ENHANCE_YOUR_CALM, to -> flood(() -> to.widen(1, 1)));
    endsTheConnection(ENHANCE_YOUR_CALM, to -> flood(() -> to.widen(0, 1)));
    endsTheConnection(ENHANCE_YOUR_CALM, to -> flood(() -> to.send(99, 0, 0, new byte[3])));
    endsTheConnection(
        ENHANCE_YOUR_CALM, to -> flood(() -> to.send(2, 0, 1, new byte[] {0, 0, 0, 0, 9})));
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void flood(Step step) throws IOException {
    for (int i = 0; i < FLOOD; i++) {
      step.run();
    }
  }

  @Test
  void emptyDataWithoutEndIsCut() throws Exception {
    try (var client = Wire.connect(proxy.port())) {
      client.get("/");
      var to = accept();
      to.readHeaders();
      to.headers(1, false, ":status: 200");
      client.readHead();
      try {
        flood(() -> to.send(DATA, 0, 1));
      } catch (IOException closed) {
        // as it should be
      }
      client.expectClosed();
    }
  }

  @Test
  void resetsOfStreamsThatAreOverAreCut() throws Exception {
    try (var client = Wire.connect(proxy.port())) {
      client.get("/");
      var to = accept();
      to.readHeaders();
      to.headers(1, true, ":status: 200");
      client.readResponse();
      try {
        flood(() -> to.reset(1, 0));
        assertEquals(ENHANCE_YOUR_CALM, to.await(GOAWAY).number(4));
      } catch (IOException closed) {
        // as it should be
      }
    }
  }

  @Test
  void framesOutOfPlaceEndTheConnection() throws Exception {
    endsTheConnection(PROTOCOL_ERROR, to -> to.headers(3, true, ":status: 200"));
    endsTheConnection(PROTOCOL_ERROR, to -> to.headers(2, true, ":status: 200"));
    endsTheConnection(PROTOCOL_ERROR, to -> to.data(7, true, "x"));
    endsTheConnection(PROTOCOL_ERROR, to -> to.reset(5, 0));
    endsTheConnection(
        PROTOCOL_ERROR, to -> to.send(5, END_HEADERS, 1, new byte[] {0, 0, 0, 2, (byte) 0x82}));
    endsTheConnection(PROTOCOL_ERROR, to -> to.settings(2, 1));
    endsTheConnection(FRAME_SIZE_ERROR, to -> to.send(DATA, 0, 1, new byte[16_385]));
    endsTheConnection(COMPRESSION_ERROR, to -> to.send(HEADERS, 5, 1, (byte) 0xff, (byte) 0xff));
    endsTheConnection(FLOW_CONTROL_ERROR, to -> to.widen(0, Integer.MAX_VALUE));
    endsTheConnection(
        FLOW_CONTROL_ERROR,
        to -> to.widen(1, Integer.MAX_VALUE - 70_000).settings(INITIAL_WINDOW_SIZE, 1 << 30));
  }

  @Test
  void tablesAndListsThatAnOriginAsksForChangeNothing() throws Exception {
    try (var client = Wire.connect(proxy.port())) {
      client.get("/0");
      var to = Http2Wire.accept(origin.accept(), HEADER_TABLE_SIZE, -1, HEADER_LIST_SIZE, 1);
      for (int i = 0; i < 100; i++) {
        var head = to.readHeaders();
        assertTrue(head.contains(":path: /" + i), head.toString());
        to.settings(HEADER_TABLE_SIZE, i % 2 == 0 ? 0 : -1, HEADER_LIST_SIZE, i % 2);
        to.headers(2 * i + 1, true, ":status: 200");
        assertEquals(200, client.readResponse().status());
        client.get("/" + (i + 1));
      }
      assertEquals(1, origin.accepted().size());
    }
  }

  @Test
  void aConnectionThatDoesNotStartWithSettingsIsNoHttp2() throws Exception {
    try (var client = Wire.connect(proxy.port())) {
      client.get("/");
      var wire = origin.accept();
      wire.send(ByteBuffer.allocate(17).putInt(8 << 8 | PING).array());
      assertEquals(502, client.readResponse().status());
    }
  }

  @Test
  void aStreamsOwnFaultsEndItAlone() throws Exception {
    try (var client = Wire.connect(proxy.port())) {
      client.get("/");
      var to = accept();
      int id = 1;
      Attack[] attacks = {
        wire -> wire.data(1, true, "no head"),
        wire -> wire.widen(3, Integer.MAX_VALUE),
        wire -> wire.widen(5, 0),
        wire -> bomb(wire, 7),
        wire -> wire.headers(9, true, Arrays.asList(fields(300)).toArray(String[]::new)),
      };
      for (var attack : attacks) {
        if (id > 1) {
          client.get("/");
        }
        to.readHeaders();
        attack.on(to);
        assertEquals(502, client.readResponse().status(), "stream " + id);
        assertEquals(id, to.read(RST_STREAM).stream());
        id += 2;
      }
      client.get("/");
      to.readHeaders();
      to.headers(id, true, ":status: 200");
      assertEquals(200, client.readResponse().status());
      assertEquals(1, origin.accepted().size());
    }
  }

  private static String[] fields(int count) {
    String[] lines = new String[count + 1];
    Arrays.fill(lines, "x: y");
    lines[0] = ":status: 200";
    return lines;
  }

  /// One long field enters the table and is referred to by one byte each, 10,000 times.
  private static void bomb(Http2Wire to, int stream) throws IOException {
    byte[] block = new byte[1 + 2 + 2 + 100 + 10_000];
    var at = ByteBuffer.wrap(block).put((byte) 0x88).put((byte) 0x40).put((byte) 1).put((byte) 'x');
    at.put((byte) 100).put("v".repeat(100).getBytes());
    Arrays.fill(block, at.position(), block.length, (byte) 0xbe);
    to.send(HEADERS, END_HEADERS | Http2Wire.END_STREAM, stream, block);
  }

  @Test
  void dataBeyondTheWindowEndsTheConnection() throws Exception {
    try (var client = Wire.connect(proxy.port(), 8 * 1024)) {
      client.get("/");
      var to = accept();
      to.readHeaders();
      to.headers(1, false, ":status: 200");
      try {
        flood(() -> to.data(1, false, "x".repeat(16_384)));
      } catch (IOException closed) {
        // as it should be
      }
      Await.until("a line", () -> !proxy.lines().isEmpty());
      assertEquals("PD", proxy.lines().getFirst().termination());
    }
  }

  @Test
  void anOriginThatNeverWidensItsWindowTimesOut() throws Exception {
    proxy.close();
    proxy = Frontend.http2(SHORT, MessageEdits.NONE, origin.port());
    try (var client = Wire.connect(proxy.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
      var to = Http2Wire.accept(origin.accept(), INITIAL_WINDOW_SIZE, 0);
      to.readHeaders();
      client.send("x".repeat(100_000));
      assertEquals(504, client.readResponse().status());
      assertEquals(1, to.await(RST_STREAM).stream());
    }
  }

  @Test
  void anOriginThatRefusesEverythingIsAskedAsOftenAsRetriesAllow() throws Exception {
    try (var client = Wire.connect(proxy.port())) {
      client.get("/");
      var to = accept();
      for (int id = 1; id <= 7; id += 2) {
        to.readHeaders();
        to.reset(id, 7);
      }
      assertEquals(503, client.readResponse().status());
      assertTrue(origin.quiet(Duration.ofMillis(50)), "no connection is opened for it");
    }
  }
}
