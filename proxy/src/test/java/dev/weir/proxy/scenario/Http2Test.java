package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Head;
import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// Clients that speak HTTP/2, origins that speak HTTP/1: what becomes of requests and responses.
class Http2Test {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

  /// A test that starts its proxy itself.
  private static final String OWN = "own-proxy";

  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int CANCEL = 8;

  /// How long the proxy waits for an answer to the PING behind its first GOAWAY.
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(1);

  @TempDir private Path directory;
  private final int port = Ports.free();
  private RawOrigin origin;
  private ProxyProcess proxy;

  @BeforeEach
  void open(TestInfo test) throws IOException {
    origin = RawOrigin.start();
    if (!test.getTags().contains(OWN)) {
      start("timeouts: {drain: 5s}", "http: {maxHeadSize: 4Ki}");
    }
  }

  private void start(String... listener) throws IOException {
    var file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(Yaml.listener("http", port, listener)),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED))));
    proxy = ProxyProcess.config(file).loops(1).start();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    origin.close();
  }

  @Test
  void aRequestBecomesOneOfHttp1AndItsResponseOneOfHttp2() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.get(
          1,
          "/a?b",
          "accept",
          "*/*",
          "cookie",
          "a=1",
          "x-last",
          "1",
          "cookie",
          "b=2",
          "te",
          "trailers");
      Wire server = origin.accept();
      Head head = server.readHead();
      assertEquals("GET /a?b HTTP/1.1", head.startLine());
      assertEquals("weir.test", head.first("Host"));
      assertEquals("a=1; b=2", head.first("Cookie"));
      assertEquals("trailers", head.first("TE"));
      assertEquals("127.0.0.1", head.first("X-Forwarded-For"));
      server.send(
          "HTTP/1.1 203 Whatever\r\nServer: X\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-End: 2\r\n"
              + "Content-Length: 5\r\n\r\nhello");
      var response = client.response(1);
      assertEquals(
          "{:status=203, server=X, x-end=2, content-length=5}", response.head().toString());
      assertEquals("hello", response.body());
    }
    Await.until(
        "the log says HTTP/2",
        () -> Files.readString(proxy.accessLog()).contains("\"version\":\"HTTP/2.0\""));
  }

  @Test
  void manyStreamsShareAConnectionAndAnswerInAnyOrder() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.get(1, "/first").get(3, "/second");
      Wire first = origin.accept();
      first.readHead();
      Wire second = origin.accept();
      second.readHead();
      second.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
      assertEquals("second", client.response(3).body());
      first.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
      assertEquals("first", client.response(1).body());
    }
  }

  @Test
  void bodiesAndTrailersPassBothWays() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.request(1, false, "POST", "/");
      Wire server = origin.accept();
      Head head = server.readHead();
      assertEquals("chunked", head.first("Transfer-Encoding"));
      client.data(1, false, "abc");
      server.expect("3\r\nabc\r\n");
      client.data(1, false, "def");
      client.headers(1, true, "x-checksum", "1", "content-length", "9");
      server.expect("3\r\ndef\r\n0\r\nx-checksum: 1\r\n\r\n");
      server.send(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\nX-Sum: 2\r\n\r\n");
      var response = client.response(1);
      assertEquals("xyz", response.body());
      assertEquals("{x-sum=2}", response.trailers().toString());
      client.request(3, true, "POST", "/");
      assertEquals("0", server.readHead().first("Content-Length"));
      server.send(OK);
      assertEquals(200, client.response(3).status());
      client.request(5, false, "PUT", "/", "content-length", "2").data(5, true, "ok");
      head = server.readHead();
      assertEquals("2", head.first("Content-Length"));
      assertEquals("ok", server.readRequestBody(head));
      server.send(OK);
      assertEquals(200, client.response(5).status());
    }
  }

  @Test
  void whatIsMalformedResetsItsStreamAloneAndReachesNoOrigin() throws Exception {
    String[][] malformed = {
      {":method", "GET", ":path", "/", ":authority", "a"},
      {":method", "GET", ":scheme", "http", ":authority", "a"},
      {":method", "GET", ":scheme", "http", ":path", "", ":authority", "a"},
      {":method", "GET", ":scheme", "http", ":path", "no-slash", ":authority", "a"},
      {":method", "GET", ":scheme", "http", ":path", "/ HTTP/1.1\r\nX: 1", ":authority", "a"},
      {":method", "GET", ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"},
      {":method", "G T", ":scheme", "http", ":path", "/", ":authority", "a"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", ":status", "200"},
      {":method", "GET", ":scheme", "http", ":path", "/", "x", "1", ":authority", "a"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "Upper", "1"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", " padded"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", "a\r\nb: c"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", "a\0b"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "connection", "x"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "te", "gzip"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "upgrade", "h2c"},
      {
        ":method",
        "GET",
        ":scheme",
        "http",
        ":path",
        "/",
        ":authority",
        "a",
        "transfer-encoding",
        "chunked"
      },
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "host", "b"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "content-length", "5"},
      {":method", "CONNECT", ":scheme", "http", ":path", "/", ":authority", "a"},
      {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", ":protocol", "x"},
    };
    try (var client = Http2Client.connect(port)) {
      int stream = 1;
      for (String[] fields : malformed) {
        client.headers(stream, true, fields);
        assertEquals(PROTOCOL_ERROR, client.response(stream).reset(), String.join(" ", fields));
        stream += 2;
      }
      assertTrue(origin.quiet(Duration.ofMillis(50)));
      client.get(stream, "/");
      Wire server = origin.accept();
      server.readHead();
      server.send(OK);
      assertEquals(200, client.response(stream).status());
    }
  }

  @Test
  void whatIsRefusedGetsTheStatusOfHttp1() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.headers(1, false, ":method", "CONNECT", ":authority", "a:1");
      assertEquals(405, client.response(1).status());
      client.request(3, true, "TRACE", "/");
      assertEquals(405, client.response(3).status());
      client.headers(
          5, true, ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "u@a");
      assertEquals(400, client.response(5).status());
      client.headers(7, true, ":method", "GET", ":scheme", "http", ":path", "/");
      assertEquals(400, client.response(7).status());
      client.get(9, "/", "x", "a".repeat(5000));
      var large = client.response(9);
      assertEquals(431, large.status());
      assertEquals("431 the request head is too large\n", large.body());
      assertTrue(origin.quiet(Duration.ofMillis(50)));
    }
  }

  @Test
  void aBodyThatIsNotAsLongAsAnnouncedNeverCompletesAtTheOrigin() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.request(1, false, "POST", "/", "content-length", "5");
      Wire server = origin.accept();
      server.readHead();
      client.data(1, true, "abc");
      assertEquals(PROTOCOL_ERROR, client.response(1).reset());
      server.expectClosed();
      client.request(3, false, "POST", "/", "content-length", "2");
      server = origin.accept();
      server.readHead();
      client.data(3, false, "abc");
      assertEquals(PROTOCOL_ERROR, client.response(3).reset());
      server.expectClosed();
    }
  }

  @Test
  void informationalHeadsPassAndAnEarlyResponseStopsTheBody() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.request(1, false, "POST", "/", "expect", "100-continue");
      Wire server = origin.accept();
      assertEquals("100-continue", server.readHead().first("Expect"));
      server.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
      assertEquals("{:status=100}", client.next(Http2Client.HEADERS).fields().toString());
      assertEquals(
          "{:status=103, link=</a>}", client.next(Http2Client.HEADERS).fields().toString());
      server.send("HTTP/1.1 413 Too Much\r\nContent-Length: 3\r\n\r\nbig");
      var response = client.response(1);
      assertEquals(413, response.status());
      assertEquals("big", response.body());
      assertEquals(0, client.next(Http2Client.RST_STREAM).number());
      server.expectClosed();
      client.data(1, false, "still on its way");
      client.get(3, "/");
      server = origin.accept();
      server.readHead();
      server.send(OK);
      assertEquals(200, client.response(3).status());
    }
  }

  @Test
  void responsesWithoutABodyEndWithTheirHead() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.request(1, true, "HEAD", "/");
      Wire server = origin.accept();
      server.readHead();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      var head = client.next(Http2Client.HEADERS);
      assertTrue(head.ends());
      assertEquals("5", head.fields().get("content-length"));
      for (int status : new int[] {204, 304}) {
        client.get(status * 2 + 1, "/");
        server.readHead();
        server.send("HTTP/1.1 " + status + " X\r\n\r\n");
        assertTrue(client.next(Http2Client.HEADERS).ends());
      }
    }
  }

  @Test
  void anOriginThatBreaksOffResetsTheStream() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.get(1, "/");
      Wire server = origin.accept();
      server.readHead();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
      assertEquals("ab", client.next(Http2Client.DATA).text());
      server.close();
      assertEquals(2, client.response(1).reset());
    }
  }

  @Test
  @Tag(OWN)
  void whatFailsWhileNothingElseHappensIsToldAtOnce() throws Exception {
    start("timeouts: {request: 2s, keepAlive: 1h}");
    try (var client = Http2Client.connect(port)) {
      client.get(1, "/");
      origin.accept().readHead();
      assertEquals(504, client.response(1).status());
      client.request(3, true, "HEAD", "/");
      origin.accept().readHead();
      assertEquals(504, client.response(3).status());
      origin.close();
      client.get(5, "/");
      assertEquals(503, client.response(5).status());
    }
  }

  @Test
  void aStreamThatIsGivenUpIsGivenUpAtTheOrigin() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.get(1, "/");
      Wire server = origin.accept();
      server.readHead();
      client.reset(1, CANCEL);
      server.expectClosed();
    }
  }

  @Test
  void theOriginIsReadOnlyAsFarAsTheClientsWindowsAllow() throws Exception {
    int size = 8 << 20;
    try (var client = Http2Client.connect(port, 4, 1000)) {
      client.get(1, "/").get(3, "/");
      Wire slow = origin.accept();
      slow.readHead();
      Wire fast = origin.accept();
      fast.readHead();
      slow.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
      Thread sender = Thread.ofVirtual().start(() -> sendQuietly(slow, size));
      int received = 0;
      while (received < 1000) {
        received += client.next(Http2Client.DATA).payload().length;
      }
      fast.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      assertEquals("ok", client.response(3).body());
      assertFalse(sender.join(Duration.ofMillis(300)), "the origin could send everything");
      client.window(0, 1 << 24).window(1, 1 << 24);
      while (received < size) {
        received += client.next(Http2Client.DATA).payload().length;
      }
      assertTrue(sender.join(Duration.ofSeconds(5)));
    }
  }

  private static void sendQuietly(Wire to, int size) {
    try {
      to.send(new byte[size]);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theClientMaySendNoMoreThanAWindowBeforeTheOriginTakesIt() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.request(1, false, "POST", "/");
      Wire server = origin.accept();
      server.readHead();
      String block = "x".repeat(16_000);
      for (int i = 0; i < 8; i++) {
        client.data(1, false, block);
      }
      var update = client.next(Http2Client.WINDOW_UPDATE);
      while (update.stream() == 0) {
        update = client.next(Http2Client.WINDOW_UPDATE);
      }
      assertTrue(update.number() >= 64 * 1024);
    }
  }

  @Test
  @Tag(OWN)
  void aClientThatStopsTakingIsGivenUp() throws Exception {
    start("timeouts: {idle: 300ms}");
    try (var client = Http2Client.connect(port, 4, 0)) {
      client.get(1, "/");
      Wire server = origin.accept();
      server.readHead();
      server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
      var response = client.response(1);
      assertEquals(200, response.status());
      assertEquals(CANCEL, response.reset());
    }
  }

  @Test
  @Tag(OWN)
  void moreStreamsThanAllowedAreRefusedForLater() throws Exception {
    start("limits: {streams: 2}");
    try (var client = Http2Client.connect(port)) {
      client.get(1, "/").get(3, "/").get(5, "/");
      assertEquals(REFUSED_STREAM, client.response(5).reset());
    }
  }

  @Test
  void aProxyThatStopsLetsStreamsFinishAndTakesNoMore() throws Exception {
    try (var client = Http2Client.connect(port)) {
      client.get(1, "/");
      Wire server = origin.accept();
      server.readHead();
      long told = System.nanoTime();
      proxy.signal("TERM");
      var first = client.next(Http2Client.GOAWAY);
      assertEquals(Integer.MAX_VALUE, java.nio.ByteBuffer.wrap(first.payload()).getInt());
      var ping = client.next(Http2Client.PING);
      client.get(3, "/on-its-way");
      client.frame(Http2Client.PING, Http2Client.ACK, 0, ping.payload());
      var last = client.next(Http2Client.GOAWAY);
      int taken = java.nio.ByteBuffer.wrap(last.payload()).getInt();
      boolean late = System.nanoTime() - told > DRAIN_PATIENCE.toNanos();
      assertTrue(taken == 3 || late && taken == 1, () -> "the last stream is " + taken);
      if (taken == 3) {
        Wire second = origin.accept();
        second.readHead();
        second.send(OK);
        assertEquals(200, client.response(3).status());
      }
      server.send(OK);
      assertEquals(200, client.response(1).status());
      assertEquals(-1, client.untilClosed());
      assertEquals(0, proxy.awaitExit(Duration.ofSeconds(10)));
    }
  }

  @Test
  @Tag(OWN)
  void aConnectionThatIsNotUsedIsClosed() throws Exception {
    start("timeouts: {keepAlive: 300ms, header: 5s}");
    try (var client = Http2Client.connect(port)) {
      client.get(1, "/");
      Wire server = origin.accept();
      server.readHead();
      server.send(OK);
      assertEquals(200, client.response(1).status());
      assertEquals(0, client.goAway());
      client.untilClosed();
    }
    try (var client = Http2Client.connect(port)) {
      client.untilClosed();
    }
  }

  @Test
  @Tag(OWN)
  void routesRedirectsAndEditsAreThoseOfHttp1() throws Exception {
    Path file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
                "web",
                List.of(
                    Yaml.listener(
                        "http",
                        port,
                        "requestHeaders: {set: [{name: X-In, value: '%{client.address}'}]}",
                        "responseHeaders: {remove: [Server], set: [{name: X-Out, value: 'a b'}]}")),
                List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED)))
            + """
              routes:
                - name: moved
                  hosts: [old.test]
                  redirect: {host: new.test, status: 301}
                - name: rest
                  backends: [{pool: web}]
            """);
    proxy = ProxyProcess.config(file).loops(1).start();
    try (var client = Http2Client.connect(port)) {
      client.headers(
          1, true, ":method", "GET", ":scheme", "http", ":authority", "old.test", ":path", "/a?b");
      var moved = client.response(1);
      assertEquals(301, moved.status());
      assertEquals("http://new.test/a?b", moved.head().get("location"));
      assertEquals("0", moved.head().get("content-length"));
      client.get(3, "/", "x-in", "forged");
      Wire server = origin.accept();
      assertEquals(List.of("127.0.0.1"), server.readHead().all("X-In"));
      server.send("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 0\r\n\r\n");
      assertEquals(
          "{:status=200, content-length=0, x-out=a b}", client.response(3).head().toString());
    }
  }

  @Test
  @Tag(OWN)
  void aListenerSpeaksWhatItIsTold() throws Exception {
    start("http: {versions: [HTTP1]}");
    try (var client = Http2Client.connect(port)) {
      assertEquals(505, client.wire().readResponse().status());
    }
    proxy.close();
    start("http: {versions: [HTTP2]}");
    try (var client = Http2Client.silent(port)) {
      client.wire().get("/");
      assertEquals(PROTOCOL_ERROR, client.untilClosed());
    }
  }
}
