package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Head;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What goes in at one side of the proxy and comes out at the other, seen from both ends.
class ForwardingTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static Lanes lanes;

  @BeforeAll
  static void start() throws IOException {
    lanes = Lanes.start(24, List.of(), List.of());
  }

  @AfterAll
  static void stop() throws IOException {
    lanes.close();
  }

  @Test
  void keepsHostAndEndToEndFieldsAndDropsWhatBelongsToTheHop() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get(
          "/a/../b?x=%2F&y",
          "X-Keep: 1",
          "X-Keep: 2",
          "Connection: keep-alive, X-Hop",
          "X-Hop: secret",
          "Keep-Alive: timeout=5",
          "Proxy-Connection: keep-alive",
          "TE: gzip",
          "Proxy-Authorization: Basic eA==");
      var head = lane.origin().accept().readHead();
      assertEquals("GET /a/../b?x=%2F&y HTTP/1.1", head.startLine());
      assertEquals(List.of("weir.test"), head.all("host"));
      assertEquals(List.of("1", "2"), head.all("x-keep"));
      for (var hop :
          List.of("x-hop", "keep-alive", "proxy-connection", "te", "proxy-authorization")) {
        assertNull(head.first(hop), hop);
      }
    }
  }

  @Test
  void tellsTheOriginWhoAskedAndReplacesWhatAStrangerClaims() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https");
      var head = lane.origin().accept().readHead();
      assertEquals(List.of("127.0.0.1"), head.all("x-forwarded-for"));
      assertEquals(List.of("http"), head.all("x-forwarded-proto"));
      assertEquals(List.of("weir.test"), head.all("x-forwarded-host"));
    }
  }

  @Test
  void theConnectionFieldCannotRemoveWhatTheProxyAdds() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/", "Connection: close, X-Forwarded-For, Host");
      var head = lane.origin().accept().readHead();
      assertEquals(List.of("127.0.0.1"), head.all("x-forwarded-for"));
      assertEquals(List.of("weir.test"), head.all("host"));
    }
  }

  @Test
  void bothSidesKeepTheirConnectionsAndAnswersAreInOrderWhenPipelined() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/1").get("/2").get("/3");
      var origin = lane.origin().accept();
      for (var i = 1; i <= 3; i++) {
        assertEquals("/" + i, origin.readHead().target());
        origin.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + i);
        assertEquals("" + i, client.readResponse().body());
      }
      assertTrue(lane.origin().quiet(Duration.ofMillis(50)), "one origin connection is enough");
    }
  }

  @Test
  void chunkedBodiesPassBothWaysAndTheirEndsAreSeen() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send("5;ignored=1\r\nhello\r\n");
      var origin = lane.origin().accept();
      var head = origin.readHead();
      assertTrue(head.chunked());
      assertNull(head.first("content-length"));
      client.send("6\r\n world\r\n0\r\n\r\n");
      assertEquals("hello world", origin.readRequestBody(head));
      origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\n");
      var response = client.readHead();
      assertTrue(response.chunked());
      origin.send("3\r\nbar\r\n0\r\n\r\n");
      assertEquals("foobar", new String(client.responseBody(response).readAllBytes()));
      client.get("/again");
      assertEquals("/again", origin.readHead().target());
    }
  }

  @Test
  void anOldClientGetsPlainBytesUntilTheEndInsteadOfChunks() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
      var origin = lane.origin().accept();
      assertEquals("GET / HTTP/1.1", origin.readHead().startLine());
      origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\n0\r\n\r\n");
      var head = client.readHead();
      assertNull(head.first("transfer-encoding"));
      assertEquals("foo", client.read(3));
      client.expectClosed();
    }
  }

  @Test
  void aBodyThatEndsWithItsConnectionReachesTheClientWhole() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 200 OK\r\n\r\nall of it");
      origin.close();
      assertEquals("all of it", client.readResponse().body());
    }
  }

  @Test
  void aBodyThatWasCutNeverLooksComplete() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf.");
      assertEquals(10, client.readHead().contentLength());
      assertEquals("half.", client.read(5));
      origin.close();
      client.expectClosed();
    }
  }

  @Test
  void aChunkedBodyThatWasCutHasNoLastChunk() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\n");
      origin.close();
      client.readHead();
      var rest = new String(client.input().readAllBytes());
      assertTrue(!rest.contains("0\r\n\r\n"), rest);
    }
  }

  @Test
  void headHasALengthAndNoBody() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
      var origin = lane.origin().accept();
      assertEquals("HEAD", origin.readHead().method());
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      assertEquals(1000, client.readHead().contentLength());
      client.get("/next");
      assertEquals("/next", origin.readHead().target());
      origin.send(OK);
      assertEquals("ok", client.readResponse().body());
    }
  }

  @Test
  void answersWithoutBodyLeaveBothConnectionsUsable() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      for (var status : List.of("204 No Content", "304 Not Modified\r\nETag: \"a\"")) {
        origin.readHead();
        origin.send("HTTP/1.1 " + status + "\r\n\r\n");
        assertEquals(Integer.parseInt(status.substring(0, 3)), client.readHead().status());
        client.get("/");
      }
      origin.readHead();
      origin.send(OK);
      assertEquals("ok", client.readResponse().body());
    }
  }

  @Test
  void interimAnswersArePassedOn() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
      var hints = client.readHead();
      assertEquals(103, hints.status());
      assertEquals("</a.css>; rel=preload", hints.first("link"));
      origin.send(OK);
      assertEquals("ok", client.readResponse().body());
    }
  }

  @Test
  void anExpectingClientSendsItsBodyWhenTheOriginSaysSo() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      var origin = lane.origin().accept();
      var head = origin.readHead();
      assertEquals("100-continue", head.first("expect"));
      client.expectSilence(Duration.ofMillis(50));
      origin.send("HTTP/1.1 100 Continue\r\n\r\n");
      assertEquals(100, client.readHead().status());
      client.send("body");
      assertEquals("body", origin.readRequestBody(head));
      origin.send(OK);
      assertEquals("ok", client.readResponse().body());
    }
  }

  @Test
  void anExpectingClientThatIsRefusedHearsIt() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
      assertEquals(413, client.readResponse().status());
    }
  }

  @Test
  void anAnswerBeforeTheEndOfTheRequestIsDelivered() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
      origin.close();
      var response = client.readResponse();
      assertEquals("403 no", response.status() + " " + response.body());
    }
  }

  @Test
  void anAbsoluteTargetDecidesTheHost() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("GET http://weir.test/x HTTP/1.1\r\nHost: weir.test\r\n\r\n");
      var head = lane.origin().accept().readHead();
      assertEquals(List.of("weir.test"), head.all("host"));
      assertTrue(head.target().endsWith("/x"), head.target());
    }
  }

  @Test
  void aConnectionThatTheOriginClosedWhileIdleIsNotUsedAgain() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/1");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send(OK);
      assertEquals("ok", client.readResponse().body());
      Await.until("the proxy keeps it", () -> kept(lane) == 1);
      origin.close();
      Await.until("the proxy knows", () -> kept(lane) == 0);
      client.send("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
      var second = lane.origin().accept();
      assertEquals("/2", second.readHead().target());
      second.send(OK);
      assertEquals("ok", client.readResponse().body());
    }
  }

  /// Connections to the lane's origin that take another request.
  private static int kept(Lanes.Lane lane) throws IOException {
    return lanes
        .proxy()
        .health("/metrics")
        .lines()
        .filter(line -> line.startsWith("weir_endpoint_idle_connections{"))
        .filter(line -> line.contains("\"127.0.0.1:" + lane.origin().port() + "\""))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void aSafeRequestThatMetAResetOnAReusedConnectionIsSentAgain() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/1");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send(OK);
      client.readResponse();
      client.get("/2");
      assertEquals("/2", origin.readHead().target());
      origin.reset();
      var second = lane.origin().accept();
      assertEquals("/2", second.readHead().target());
      second.send(OK);
      assertEquals("ok", client.readResponse().body());
    }
  }

  @Test
  void anUnsafeRequestThatWasSentIsNeverSentAgain() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send("POST /once HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.reset();
      assertEquals(502, client.readResponse().status());
      assertTrue(lane.origin().quiet(Duration.ofMillis(100)));
    }
  }

  @Test
  void bytesThatAnOriginSendsUnaskedNeverBecomeAnAnswer() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/1");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send(OK + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
      assertEquals("ok", client.readResponse().body());
      client.get("/2");
      var second = lane.origin().accept();
      assertEquals("/2", second.readHead().target());
      second.send(OK);
      assertEquals("ok", client.readResponse().body());
    }
  }

  @Test
  void aClientThatLeavesTakesItsRequestWithIt() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/slow");
      var origin = lane.origin().accept();
      origin.readHead();
      client.reset();
      origin.expectClosed();
    }
  }

  @Test
  void answersOfTheHopStayOnTheHop() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send(
          "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n"
              + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n");
      Head head = client.readResponse().head();
      assertNull(head.first("x-hop"));
      assertNull(head.first("keep-alive"));
      assertEquals(List.of("a=1", "b=2"), head.all("set-cookie"));
    }
  }
}
