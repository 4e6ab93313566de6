package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What one client sends or gets never reaches another, on one event loop, where both would use the
/// same connection to the origin.
class ReuseTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  private static Lanes lanes;

  @BeforeAll
  static void start() throws IOException {
    lanes = Lanes.start(1, 32, List.of(), List.of());
  }

  @AfterAll
  static void stop() throws IOException {
    lanes.close();
  }

  @Test
  void theNextClientUsesAConnectionWhoseAnswerIsComplete() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      var origin = ask(lane, first, "GET /first");
      origin.send(OK);
      assertEquals("ok", first.readResponse().body());
      onTheSame(lane, origin);
    }
  }

  @Test
  void aClientThatLeavesBeforeItsAnswerLeavesNoAnswerBehind() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      var origin = ask(lane, first, "GET /first");
      first.reset();
      origin.expectClosed();
      onANew(lane);
    }
  }

  @Test
  void aClientThatLeavesWithinItsAnswerLeavesNoRestBehind() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      var origin = ask(lane, first, "GET /first");
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nsome");
      first.readHead();
      first.expect("some");
      first.reset();
      origin.expectClosed();
      onANew(lane);
    }
  }

  @Test
  void aClientThatLeavesWithinItsRequestLeavesNoRoomForAnother() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      first.send("POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\nsome");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.expect("some");
      first.reset();
      origin.expectClosed();
      onANew(lane);
    }
  }

  @Test
  void anAnswerBeforeTheEndOfItsRequestLeavesTheConnectionToThatRequest() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      first.send("POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nsome");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.expect("some");
      origin.send(OK);
      assertEquals("ok", first.readResponse().body());
      onANew(lane);
      sendIfOpen(first, "more");
      var rest = origin.read(8);
      assertTrue("more".startsWith(rest), "only bytes of its own request: " + rest);
    }
  }

  @Test
  void whatAClientPipelinedAndDidNotFinishStaysWithIt() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      first.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nX-Secret: 1\r\n");
      var origin = lane.origin().accept();
      assertEquals("/first", origin.readHead().target());
      origin.send(OK);
      assertEquals("ok", first.readResponse().body());
      onTheSame(lane, origin);
      first.send("Host: a\r\n\r\n");
      var second = origin.readHead();
      assertEquals("/second 1", second.target() + " " + second.first("x-secret"));
      origin.send(OK);
      assertEquals("ok", first.readResponse().body());
    }
  }

  @Test
  void piecesOfTwoClientsRequestsDoNotMix() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client();
        var second = lane.client()) {
      for (var round = 0; round < 20; round++) {
        var one = "POST /one HTTP/1.1\r\nHost: a\r\nX-Who: one\r\nContent-Length: 3\r\n\r\none";
        var two = "POST /two HTTP/1.1\r\nHost: a\r\nX-Who: two\r\nContent-Length: 3\r\n\r\ntwo";
        first.send(one.substring(0, 10 + 2 * round));
        second.send(two.substring(0, 60 - 2 * round));
        first.send(one.substring(10 + 2 * round));
        answer(lane, "one");
        assertEquals("one", first.readResponse().body());
        second.send(two.substring(60 - 2 * round));
        answer(lane, "two");
        assertEquals("two", second.readResponse().body());
      }
      assertTrue(lane.origin().accepted().size() <= 2, "connections are kept");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        OK + EVIL,
        OK + "\r\n",
        OK + "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\nevil",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + EVIL
      })
  void bytesBehindAnAnswerAreNobodys(String answer) throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      var origin = ask(lane, first, "GET /first");
      origin.send(answer);
      assertTrue(first.readResponse().body().length() <= 2);
      origin.expectClosed();
      onANew(lane);
    }
  }

  @Test
  void bytesBehindTheAnswerToHeadAreNobodys() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      var origin = ask(lane, first, "HEAD /first");
      origin.send(EVIL);
      assertEquals("", first.readResponse("HEAD").body());
      origin.expectClosed();
      onANew(lane);
    }
  }

  @Test
  void bytesOnAnIdleConnectionAreNobodys() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      var origin = ask(lane, first, "GET /first");
      origin.send(OK);
      assertEquals("ok", first.readResponse().body());
      origin.send(EVIL);
      origin.expectClosed();
      onANew(lane);
    }
  }

  @Test
  void interimAnswersGoToWhoAskedAndTheConnectionOnToTheNext() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      var origin = ask(lane, first, "GET /first");
      origin.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
      assertEquals(103, first.readHead().status());
      origin.send("HTTP/1.1 102 Processing\r\n\r\n" + OK);
      assertEquals(102, first.readHead().status());
      assertEquals("ok", first.readResponse().body());
      onTheSame(lane, origin);
    }
  }

  @Test
  void aRefusedUpgradeGivesTheConnectionBackWithoutTheClientsBytes() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      first.send(
          "GET /first HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
              + "\u0081\u0005hello\r\n\r\n");
      var origin = lane.origin().accept();
      assertEquals("/first", origin.readHead().target());
      origin.send(OK);
      assertEquals("ok", first.readResponse().body());
      assertEquals(400, first.readResponse().status(), "these bytes are no request");
      onTheSame(lane, origin);
    }
  }

  @Test
  void aConnectionThatBecameATunnelIsNeverAnothers() throws Exception {
    var lane = lanes.next();
    try (var first = lane.client()) {
      first.send(
          "GET /first HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      assertEquals(101, first.readHead().status());
      onANew(lane);
      first.close();
      origin.expectClosed();
      assertEquals(2, lane.origin().accepted().size());
    }
  }

  private static Wire ask(Lanes.Lane lane, Wire client, String request) throws IOException {
    client.send(request + " HTTP/1.1\r\nHost: a\r\n\r\n");
    var origin = lane.origin().accept();
    assertEquals("/first", origin.readHead().target());
    return origin;
  }

  /// Another client's request comes on the connection that is there, exactly, and its answer goes
  /// to that client alone.
  private static void onTheSame(Lanes.Lane lane, Wire origin) throws IOException {
    try (var other = lane.client()) {
      other.send("POST /other HTTP/1.1\r\nHost: other\r\nContent-Length: 3\r\n\r\nmy!");
      expectOther(origin);
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
      assertEquals("other", other.readResponse().body());
    }
  }

  /// Another client's request comes on a new connection.
  private static void onANew(Lanes.Lane lane) throws IOException {
    try (var other = lane.client()) {
      other.send("POST /other HTTP/1.1\r\nHost: other\r\nContent-Length: 3\r\n\r\nmy!");
      var origin = lane.origin().accept();
      expectOther(origin);
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nother");
      assertEquals("other", other.readResponse().body());
    }
  }

  private static void expectOther(Wire origin) throws IOException {
    var head = origin.readHead();
    assertEquals("POST /other HTTP/1.1", head.startLine());
    assertEquals("other", head.first("host"));
    assertNull(head.first("x-secret"));
    assertEquals("my!", origin.readRequestBody(head));
  }

  /// Answers one request, on whatever connection it comes, with its body.
  private static void answer(Lanes.Lane lane, String wanted) throws IOException {
    var origin =
        Await.value(
            "a request",
            Duration.ofSeconds(10),
            () -> {
              for (var connection : lane.origin().accepted()) {
                if (connection.input().available() > 0) {
                  return connection;
                }
              }
              lane.origin().quiet(Duration.ofMillis(1));
              return null;
            });
    var head = origin.readHead();
    assertEquals("/" + wanted + " " + wanted, head.target() + " " + head.first("x-who"));
    var body = origin.readRequestBody(head);
    assertEquals(wanted, body);
    origin.send(
        "HTTP/1.1 200 OK\r\nContent-Length: "
            + body.getBytes(StandardCharsets.ISO_8859_1).length
            + "\r\n\r\n"
            + body);
  }

  private static void sendIfOpen(Wire wire, String text) {
    try {
      wire.send(text);
    } catch (IOException closed) {
      return;
    }
  }
}
