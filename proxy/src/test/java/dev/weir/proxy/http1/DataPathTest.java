package dev.weir.proxy.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.http1.Frontend.Limits;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// The data path over real sockets, byte for byte where it matters.
class DataPathTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(5);

  @Test
  void requestsOnOneConnectionAlternateBetweenEndpoints() throws Exception {
    try (var a = Origin.start("a");
        var b = Origin.start("b");
        var proxy = Frontend.http(a.port(), b.port());
        var wire = Wire.connect(proxy.port())) {
      var answers = new StringBuilder();
      for (int i = 0; i < 10; i++) {
        answers.append(wire.get("/").readResponse().body().trim());
      }
      assertEquals("ababababab", answers.toString());
      Await.until("ten lines", () -> proxy.lines().size() == 10);
      assertEquals(1, proxy.connections());
    }
  }

  @Test
  void theOriginSeesOneCleanRequest() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send(
          "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
              + "X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 7.7.7.7\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
              + "Accept: */*\r\nUpgrade: h2c\r\n\r\n");
      var to = origin.accept();
      to.expect(
          "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n"
              + "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: example.com\r\n"
              + "Connection: TE\r\nTE: trailers\r\n\r\n");
      to.send(
          "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\nConnection: X-Secret\r\nX-Secret: 1\r\n\r\nok");
      wire.expect("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nok");
      wire.get("/again");
      to.readHead();
      to.send("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
      wire.expect("HTTP/1.1 204 No Content\r\n\r\n");
    }
  }

  @Test
  void chunksAreValidatedAndFramedAnew() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\nHost: evil\r\n\r\n");
      var to = origin.accept();
      assertEquals("abcde", to.readRequestBody(to.readHead()));
      to.send(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n");
      wire.expect(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n");
    }
  }

  @Test
  void aResponseUntilCloseIsChunkedForNewClientsAndClosedForOldOnes() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port())) {
      try (var wire = Wire.connect(proxy.port())) {
        wire.get("/");
        answerUntilClose(origin);
        assertEquals("all of it", wire.readResponse().body());
      }
      try (var wire = Wire.connect(proxy.port())) {
        wire.send("GET / HTTP/1.0\r\n\r\n");
        answerUntilClose(origin);
        var response = wire.readResponse();
        assertEquals("all of it", response.body());
        wire.expectClosed();
      }
    }
  }

  private static void answerUntilClose(RawOrigin origin) throws Exception {
    try (var to = origin.accept()) {
      to.readHead();
      to.send("HTTP/1.1 200 OK\r\n\r\nall of it");
    }
  }

  @Test
  void interimResponsesAreRelayedAndTheBodyFollowsThe100() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
      var to = origin.accept();
      var head = to.readHead();
      to.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
      wire.expect("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
      wire.send("body");
      assertEquals("body", to.readRequestBody(head));
      to.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
      wire.expect("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    try (var a = Origin.start("a");
        var proxy = Frontend.http(a.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send(
          "GET /status/201 HTTP/1.1\r\nHost: a\r\n\r\nGET /status/404 HTTP/1.1\r\nHost: a\r\n\r\n"
              + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals(201, wire.readResponse().status());
      assertEquals(404, wire.readResponse().status());
      assertEquals("abc", wire.readResponse().body());
      assertEquals("a", wire.readResponse().body().trim());
    }
  }

  @Test
  void aRequestWhoseKeptConnectionDiedIsSentAgainOnANewOne() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.get("/1");
      var first = origin.accept();
      first.readHead();
      first.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      assertEquals(200, wire.readResponse().status());
      wire.get("/2");
      first.readHead();
      first.reset();
      var second = origin.accept();
      second.readHead();
      second.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
      assertEquals("2", wire.readResponse().body());
    }
  }

  @Test
  void aPostWhoseKeptConnectionDiedIsNotSentTwice() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.get("/1");
      var first = origin.accept();
      first.readHead();
      first.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      assertEquals(200, wire.readResponse().status());
      wire.send("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      first.readHead();
      first.reset();
      assertEquals(502, wire.readResponse().status());
      assertTrue(origin.quiet(SHORT));
    }
  }

  @Test
  void aRefusedConnectionIsTriedOnAnotherEndpoint() throws Exception {
    try (var dead = Origin.start("dead");
        var alive = Origin.start("alive");
        var proxy = Frontend.http(dead.port(), alive.port());
        var wire = Wire.connect(proxy.port())) {
      dead.kill();
      for (int i = 0; i < 6; i++) {
        var response = wire.get("/").readResponse();
        assertEquals("alive", response.body().trim());
      }
      alive.kill();
      assertEquals(503, wire.get("/").readResponse().status());
    }
  }

  @Test
  void deadlinesHaveTheirStatuses() throws Exception {
    var time = Duration.ofSeconds(2);
    var limits = new Limits(time, time, time, time, 0, 0);
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(limits, origin.port())) {
      try (var wire = Wire.connect(proxy.port())) {
        wire.send("GET / HTTP/1.1\r\nHos");
        assertEquals(408, wire.readResponse().status());
        wire.expectClosed();
      }
      try (var wire = Wire.connect(proxy.port())) {
        wire.get("/silent");
        var response = wire.readResponse();
        assertEquals(504, response.status());
        assertEquals("504 the endpoint took too long to respond\n", response.body());
      }
      try (var wire = Wire.connect(proxy.port())) {
        wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        assertEquals(408, wire.readResponse().status());
      }
      try (var wire = Wire.connect(proxy.port())) {
        wire.expectClosed();
      }
    }
  }

  @Test
  void badResponsesAre502AndNeverRelayed() throws Exception {
    String[] bad = {
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nab",
      "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
      "HTTP/2 200\r\n\r\n",
      "SSH-2.0-OpenSSH\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    };
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port())) {
      for (String response : bad) {
        try (var wire = Wire.connect(proxy.port())) {
          wire.get("/");
          var to = origin.accept();
          to.readHead();
          to.send(response);
          assertEquals(502, wire.readResponse().status(), response);
        }
      }
    }
  }

  @Test
  void aResponseThatIsCutIsCutForTheClient() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.get("/");
      var to = origin.accept();
      to.readHead();
      to.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
      wire.expect("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
      to.close();
      wire.expectClosed();
      Await.until("a line", () -> !proxy.lines().isEmpty());
      assertEquals("SD", proxy.lines().getFirst().termination());
    }
  }

  @Test
  void anUpgradeBecomesATunnelAfterThe101Only() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send(
          "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
      var to = origin.accept();
      to.readHead();
      to.expectSilence(SHORT);
      to.send(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi");
      to.expect("early");
      wire.expect(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi");
      wire.send("ping");
      to.expect("ping");
      wire.endOutput();
      to.expect("");
      to.send("bye").endOutput();
      wire.expect("bye");
      wire.expectClosed();
    }
  }

  @Test
  void anEarlyResponseIsDeliveredAndEndsTheConnection() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\npart");
      var to = origin.accept();
      to.readHead();
      to.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
      wire.expect(
          "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
    }
  }

  @Test
  void aClientThatLeavesCancelsItsRequest() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port())) {
      var wire = Wire.connect(proxy.port());
      wire.get("/");
      var to = origin.accept();
      to.readHead();
      wire.reset();
      to.expectClosed();
      Await.until("a line", () -> !proxy.lines().isEmpty());
      assertEquals("CH", proxy.lines().getFirst().termination());
    }
  }

  @Test
  void aSlotThatIsTakenIsWaitedFor() throws Exception {
    var limits = new Limits(LONG, LONG, LONG, LONG, 0, 1);
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(limits, origin.port());
        var first = Wire.connect(proxy.port());
        var second = Wire.connect(proxy.port());
        var third = Wire.connect(proxy.port())) {
      first.get("/1");
      var to = origin.accept();
      to.readHead();
      second.get("/2");
      Await.until("one waits", () -> proxy.pool().queued() == 1);
      to.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
      assertEquals("1", first.readResponse().body());
      assertEquals("GET /2 HTTP/1.1", to.readHead().startLine());
      third.get("/3");
      assertEquals(503, third.readResponse().status());
      to.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
      assertEquals("2", second.readResponse().body());
      assertEquals("sQ", proxy.lines().get(1).termination());
    }
  }

  @Test
  void drainingFinishesWhatIsUnderWay() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var idle = Wire.connect(proxy.port());
        var busy = Wire.connect(proxy.port())) {
      idle.get("/");
      var first = origin.accept();
      first.readHead();
      first.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      assertEquals(200, idle.readResponse().status());
      busy.get("/");
      first.readHead();
      proxy.drain();
      idle.expectClosed();
      first.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      busy.expect("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
      busy.expectClosed();
      assertFalse(proxy.lines().isEmpty());
    }
  }

  @Test
  void relaysKeepHalfClosedConnections() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.tcp(Limits.USUAL, origin.port());
        var wire = Wire.connect(proxy.port())) {
      var to = origin.accept();
      to.send("220 hello\r\n");
      wire.expect("220 hello\r\n");
      wire.send("request").endOutput();
      to.expect("request");
      assertEquals("", to.read(1));
      to.send("answer").endOutput();
      wire.expect("answer");
      wire.expectClosed();
      Await.until("a line", () -> !proxy.lines().isEmpty());
      assertEquals("--", proxy.lines().getFirst().termination());
    }
  }
}
