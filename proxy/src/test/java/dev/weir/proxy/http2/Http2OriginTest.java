package dev.weir.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.HeaderEditsConfig;
import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.http1.Frontend;
import dev.weir.proxy.http1.Frontend.Limits;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Http2Wire;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Requests of HTTP/1 clients to an origin that speaks HTTP/2, frame by frame.
class Http2OriginTest extends Http2OriginScene {
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int REFUSED_STREAM = 7;
  private static final int CANCEL = 8;

  /// Waits for lines of the access log that end like that.
  private void logged(String... terminations) {
    Await.until(terminations.length + " lines", () -> proxy.lines().size() == terminations.length);
    assertEquals(List.of(terminations), proxy.lines().stream().map(l -> l.termination()).toList());
  }

  @Test
  void aRequestBecomesPseudoHeadersAndLowerCaseAndLosesWhatBelongsToItsConnection()
      throws Exception {
    var client = client();
    client.send(
        "GET /a?b=c HTTP/1.1\r\nHost: example.com:81\r\nConnection: keep-alive, X-Hop\r\n"
            + "X-Hop: 1\r\nX-Forwarded-For: 6.6.6.6\r\nTE: trailers\r\nAccept-Language: de\r\n"
            + "X-Mixed: Case\r\nCookie: a=b; c=d\r\nUpgrade: h2c\r\n\r\n");
    var to = accept();
    var frame = to.read(Http2Wire.HEADERS);
    assertTrue(frame.end(), "there is no body");
    assertEquals(1, frame.stream());
    assertEquals(
        List.of(
            ":method: GET",
            ":scheme: http",
            ":authority: example.com:81",
            ":path: /a?b=c",
            "accept-language: de",
            "x-mixed: Case",
            "cookie: a=b; c=d",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-proto: http",
            "x-forwarded-host: example.com:81",
            "te: trailers"),
        to.fields(frame));
    to.headers(1, false, ":status: 200", "content-length: 2", "x-answer: yes").data(1, true, "ok");
    client.expect("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-answer: yes\r\n\r\nok");
    client.send("OPTIONS http://example.com HTTP/1.1\r\nHost: example.com\r\n\r\n");
    assertTrue(to.readHeaders().contains(":path: *"));
    to.headers(3, true, ":status: 204");
    client.expect("HTTP/1.1 204 No Content\r\n\r\n");
    logged("--", "--");
  }

  @Test
  void editsApplyAsOverHttp1() throws Exception {
    var request =
        new HeaderEditsConfig(
            List.of(new HeaderEditsConfig.Field("X-Client", "%{client.address}")),
            List.of(),
            List.of("X-Forwarded-Host", "accept"));
    proxy.close();
    proxy =
        Frontend.http2(
            Limits.USUAL,
            MessageEdits.of("http", new MessageEdits.Scope(request, null)),
            origin.port());
    client().get("/", "Accept: a", "X-Client: liar");
    assertEquals(
        List.of(
            ":method: GET",
            ":scheme: http",
            ":authority: weir.test",
            ":path: /",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-proto: http",
            "x-client: 127.0.0.1"),
        accept().readHeaders());
  }

  @Test
  void bodiesAndTrailersPassBothWays() throws Exception {
    var client = client();
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n"
            + "0\r\nX-Sum: 9\r\nHost: evil\r\n\r\n");
    var to = accept();
    assertTrue(to.readHeaders().contains(":method: POST"));
    var body = new StringBuilder();
    var frame = to.read();
    for (; frame.type() == Http2Wire.DATA; frame = to.read()) {
      body.append(frame.text());
    }
    assertEquals("abcde", body.toString());
    assertTrue(frame.end());
    assertEquals(List.of("x-sum: 9"), to.fields(frame));
    to.headers(1, false, ":status: 200").data(1, false, "hello");
    to.headers(1, true, "grpc-status: 0", "content-length: 7");
    client.expect(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
            + "grpc-status: 0\r\n\r\n");
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz");
    assertTrue(to.readHeaders().contains("content-length: 3"));
    assertEquals("xyz", to.read(Http2Wire.DATA).text());
    to.headers(3, true, ":status: 200");
    client.expect("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }

  @Test
  void informationalHeadsPassAndHeadHasNoBody() throws Exception {
    var client = client();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    var to = accept();
    to.readHeaders();
    to.headers(1, false, ":status: 103", "link: <a>");
    to.headers(1, true, ":status: 200", "content-length: 77");
    client.expect("HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n");
    client.expect("HTTP/1.1 200 OK\r\ncontent-length: 77\r\n\r\n");
    client.get("/");
    to.readHeaders();
    to.headers(3, true, ":status: 304", "content-length: 77");
    client.expect("HTTP/1.1 304 Not Modified\r\ncontent-length: 77\r\n\r\n");
  }

  @Test
  void manyClientsShareOneConnection() throws Exception {
    int count = 30;
    for (int i = 0; i < count; i++) {
      client().get("/" + i);
    }
    var to = accept();
    var paths = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      paths.add(path(to));
    }
    assertTrue(origin.quiet(Duration.ofMillis(50)), "one connection is enough");
    for (int i = count - 1; i >= 0; i--) {
      String answer = paths.get(i).substring(1);
      to.headers(2 * i + 1, false, ":status: 200").data(2 * i + 1, true, answer);
    }
    for (int i = 0; i < count; i++) {
      assertEquals("" + i, clients.get(i).readResponse().body());
    }
    assertEquals(0, proxy.pool().endpoints().all().getFirst().inFlight());
  }

  @Test
  void whatThePeerDoesNotTakeAtOnceGoesOverAnotherConnection() throws Exception {
    var first = client().get("/1");
    var one = accept(MAX_CONCURRENT_STREAMS, 1);
    assertEquals("/1", path(one));
    one.headers(1, false, ":status: 200", "content-length: 1");
    first.readHead();
    var second = client().get("/2");
    var two = accept(MAX_CONCURRENT_STREAMS, 1);
    assertEquals("/2", path(two));
    two.headers(1, true, ":status: 200");
    second.readResponse();
    one.data(1, true, "1");
    assertEquals("1", first.read(1));
    second.get("/3");
    assertEquals("/3", path(one), "the one used last");
  }

  @Test
  void aStreamThatIsRefusedIsTriedAgainWhateverItsMethod() throws Exception {
    var client = client();
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    var to = accept();
    assertEquals("/x", path(to));
    to.reset(1, REFUSED_STREAM);
    assertEquals("/x", path(to));
    to.headers(3, true, ":status: 200");
    assertEquals(200, client.readResponse().status());
    for (int id = 5; id <= 11; id += 2) {
      if (id == 5) {
        client.get("/never");
      }
      assertEquals("/never", path(to));
      to.reset(id, REFUSED_STREAM);
    }
    assertEquals(503, client.readResponse().status());
    logged("--", "SC");
  }

  @Test
  void streamsAboveTheLastOneOfGoAwayAreSentAgainAndTheOthersEnd() throws Exception {
    var low = client().get("/low");
    var to = accept();
    assertEquals("/low", path(to));
    var high = client();
    high.send("POST /high HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assertEquals("/high", path(to));
    to.goAway(1, 0);
    var other = accept();
    assertEquals("/high", path(other));
    other.headers(1, true, ":status: 200");
    assertEquals(200, high.readResponse().status());
    to.headers(1, true, ":status: 200");
    assertEquals(200, low.readResponse().status());
    assertTrue(to.closed(), "nothing is left on it");
    low.get("/next");
    assertEquals("/next", path(other));
  }

  @Test
  void aResetBeforeTheHeadIs502AndAfterItCutsTheResponse() throws Exception {
    var client = client().get("/1");
    var to = accept();
    to.readHeaders();
    to.reset(1, 2);
    assertEquals(502, client.readResponse().status());
    client.get("/2");
    to.readHeaders();
    to.headers(3, false, ":status: 200").data(3, false, "half").reset(3, 2);
    var head = client.readHead();
    assertTrue(head.chunked());
    client.expect("4\r\nhalf\r\n");
    client.expectClosed();
    logged("SH", "SD");
  }

  @Test
  void aClientThatGoesAwayCancelsItsStreamAlone() throws Exception {
    var leaving = client().get("/1");
    var to = accept();
    to.readHeaders();
    var staying = client().get("/2");
    to.readHeaders();
    leaving.reset();
    var reset = to.read(Http2Wire.RST_STREAM);
    assertEquals(1, reset.stream());
    assertEquals(CANCEL, reset.number(0));
    to.headers(1, true, ":status: 200");
    to.headers(3, false, ":status: 200").data(3, true, "here");
    assertEquals("here", staying.readResponse().body());
  }

  @Test
  void bodiesWaitForTheOriginsWindows() throws Exception {
    var client = client();
    int size = 200_000;
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + "\r\n\r\n");
    var to = accept(INITIAL_WINDOW_SIZE, 10);
    to.readHeaders();
    client.send("x".repeat(50_000));
    int got = to.read(Http2Wire.DATA).payload().length;
    // The settings may arrive behind the first data.
    while (got < 10) {
      got += to.read(Http2Wire.DATA).payload().length;
    }
    to.settings(INITIAL_WINDOW_SIZE, 1 << 20).widen(0, 1 << 20);
    client.send("x".repeat(size - 50_000));
    boolean end = false;
    while (!end) {
      var frame = to.read(Http2Wire.DATA);
      got += frame.payload().length;
      end = frame.end();
    }
    assertEquals(size, got);
    to.headers(1, true, ":status: 200");
    assertEquals(200, client.readResponse().status());
  }

  @Test
  void aSlowClientHoldsBackItsStreamAndNoOther() throws Exception {
    var slow = Wire.connect(proxy.port(), 16 * 1024);
    clients.add(slow);
    slow.get("/slow");
    var to = accept();
    to.readHeaders();
    to.headers(1, false, ":status: 200");
    int window = 65_535;
    int stream = 65_535;
    int sent = 0;
    String piece = "x".repeat(16_384);
    to.wire().patience(Duration.ofSeconds(3));
    // Sends whatever the windows allow until the stream's is not widened any more.
    while (true) {
      while (Math.min(window, stream) < piece.length()) {
        var frame = frameOrNull(to);
        if (frame == null) {
          break;
        }
        if (frame.type() == Http2Wire.SETTINGS && (frame.flags() & Http2Wire.ACK) == 0) {
          stream += 256 * 1024 - 65_535;
        } else if (frame.type() == Http2Wire.WINDOW_UPDATE && frame.stream() == 0) {
          window += frame.number(0);
        } else if (frame.type() == Http2Wire.WINDOW_UPDATE) {
          stream += frame.number(0);
        }
      }
      if (stream < piece.length()) {
        break;
      }
      to.data(1, false, piece);
      window -= piece.length();
      stream -= piece.length();
      sent += piece.length();
    }
    assertTrue(sent < 8 << 20, "sent " + sent);
    var other = client().get("/other");
    to.wire().patience(Duration.ofSeconds(10));
    to.readHeaders();
    to.headers(3, false, ":status: 200").data(3, true, "ok");
    assertEquals("ok", other.readResponse().body());
    slow.readHead();
  }

  private static Http2Wire.Frame frameOrNull(Http2Wire to) throws IOException {
    try {
      return to.next();
    } catch (java.net.SocketTimeoutException quiet) {
      return null;
    }
  }

  @Test
  void responsesThatAreNotValidAreRefusedAndTheConnectionGoesOn() throws Exception {
    var client = client();
    client.get("/first");
    var to = accept();
    to.readHeaders();
    to.headers(1, true, ":status: 200");
    client.readResponse();
    List<List<String>> invalid =
        List.of(
            List.of("x: no status"),
            List.of(":status: 20"),
            List.of(":status: 101"),
            List.of(":status: 200", ":status: 200"),
            List.of("x: y", ":status: 200"),
            List.of(":status: 200", ":path: /"),
            List.of(":status: 200", "X-Upper: 1"),
            List.of(":status: 200", "connection: close"),
            List.of(":status: 200", "transfer-encoding: chunked"),
            List.of(":status: 200", "content-length: 1", "content-length: 1"),
            List.of(":status: 200", "content-length: -1"),
            List.of(":status: 200", "content-length: 5"),
            List.of(":status: 200", "bad name: x"),
            List.of(":status: 200", "x: a\rb"));
    int id = 3;
    for (var lines : invalid) {
      client.get("/");
      to.readHeaders();
      to.headers(id, true, lines.toArray(String[]::new));
      assertEquals(502, client.readResponse().status(), lines.toString());
      assertEquals(id, to.read(Http2Wire.RST_STREAM).stream());
      id += 2;
    }
    client.get("/last");
    assertEquals("/last", path(to));
  }

  @Test
  void aBodyOfAnotherLengthThanAnnouncedIsCut() throws Exception {
    var first = client().get("/");
    var to = accept();
    to.readHeaders();
    to.headers(1, false, ":status: 200", "content-length: 5").data(1, true, "1234");
    first.readHead();
    assertTrue(first.read(10).length() < 5);
    var second = client().get("/");
    assertEquals(1, to.read(Http2Wire.RST_STREAM).stream());
    to.readHeaders();
    to.headers(3, false, ":status: 200", "content-length: 5").data(3, true, "123456");
    second.readHead();
    assertTrue(second.read(10).length() < 5);
    assertEquals(3, to.read(Http2Wire.RST_STREAM).stream());
    logged("PD", "PD");
  }

  @Test
  void aSilentOriginIsAskedAndGivenUpWhenItDoesNotAnswer() throws Exception {
    var patience =
        new OriginWatch.Patience(
            Duration.ofMillis(200), Duration.ofSeconds(2), Duration.ofSeconds(60));
    proxy.close();
    proxy =
        Frontend.http2(
            Limits.USUAL,
            MessageEdits.NONE,
            sockets -> new Http2Connector(sockets, 1, patience),
            origin.port());
    var client = client().get("/slow");
    var to = accept();
    to.readHeaders();
    for (int i = 0; i < 2; i++) {
      var ping = to.await(Http2Wire.PING);
      to.send(Http2Wire.PING, Http2Wire.ACK, 0, ping.payload());
    }
    to.wire().expectSilence(Duration.ofMillis(2500));
    to.headers(1, true, ":status: 200");
    assertEquals(200, client.readResponse().status());
    client.get("/dead");
    to.await(Http2Wire.PING);
    var other = accept();
    assertEquals("/dead", path(other), "a GET is sent again on a new connection");
    other.headers(1, true, ":status: 200");
    assertEquals(200, client.readResponse().status());
  }

  @Test
  void aCallOfGrpcEndsAtItsOwnDeadlineAndIsToldInItsOwnWords() throws Exception {
    var client = client();
    String call =
        "POST /s/m HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nTE: trailers\r\n"
            + "grpc-timeout: 2S\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0";
    client.send(call);
    var to = accept();
    assertTrue(to.readHeaders().containsAll(List.of("grpc-timeout: 2S", "te: trailers")));
    assertEquals(5, to.read(Http2Wire.DATA).payload().length);
    var late = client.readResponse();
    assertEquals(200, late.status());
    assertEquals("application/grpc", late.head().first("content-type"));
    assertEquals("4", late.head().first("grpc-status"));
    assertEquals("the request took too long", late.head().first("grpc-message"));
    assertEquals(CANCEL, to.read(Http2Wire.RST_STREAM).number(0));
    client.send(call.replace("grpc-timeout: 2S", "grpc-timeout: 60S"));
    to.readHeaders();
    to.read(Http2Wire.DATA);
    to.headers(3, true, ":status: 200", "content-type: application/grpc", "grpc-status: 12");
    assertEquals("12", client.readResponse().head().first("grpc-status"));
    proxy.endpoints(0);
    client.send(call);
    assertEquals("14", client.readResponse().head().first("grpc-status"));
    logged("sH", "--", "SC");
  }

  @Test
  void anOriginThatSpeaksNoHttp2Is502() throws Exception {
    var client = client().get("/");
    var wire = origin.accept();
    wire.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assertEquals(502, client.readResponse().status());
    logged("PH");
  }
}
