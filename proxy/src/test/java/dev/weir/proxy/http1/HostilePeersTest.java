package dev.weir.proxy.http1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Peers whose timing is the attack: what one file of bytes cannot say.
class HostilePeersTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  @Test
  void anUnaskedSwitchLeavesTheHeadsOfOtherConnectionsAlone() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port())) {
      try (var wire = Wire.connect(proxy.port())) {
        wire.send(GET);
        var to = origin.accept();
        to.readHead();
        to.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
        assertEquals(502, wire.readResponse().status());
      }
      try (var one = Wire.connect(proxy.port());
          var two = Wire.connect(proxy.port())) {
        one.send(GET);
        var toOne = origin.accept();
        toOne.readHead();
        two.send(GET);
        var toTwo = origin.accept();
        toTwo.readHead();
        toOne.send("HTTP/1.1 200 One\r\nX-Secret: of one\r\n");
        one.expectSilence(Duration.ofMillis(50));
        toTwo.send("HTTP/1.1 200 Two\r\nContent-Length: 3\r\n\r\ntwo");
        two.expect("HTTP/1.1 200 Two\r\nContent-Length: 3\r\n\r\ntwo");
        toOne.send("Content-Length: 3\r\n\r\none");
        one.expect("HTTP/1.1 200 One\r\nX-Secret: of one\r\nContent-Length: 3\r\n\r\none");
      }
    }
  }

  @Test
  void whatFollowsAnEarlyResponseIsNeverARequest() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello");
      var to = origin.accept();
      to.readHead();
      to.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
      wire.expect("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      wire.send("x".repeat(95) + GET);
      wire.expectClosed();
      assertTrue(origin.quiet(Duration.ofMillis(100)), "a second connection to the origin");
      assertTrue(!to.read(200).contains("GET"), "a second request on the first connection");
    }
  }

  @Test
  void bytesOnAnIdleConnectionEndItAndAnswerNobody() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      wire.send(GET);
      var to = origin.accept();
      to.readHead();
      to.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      wire.expect("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      to.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
      to.expectClosed();
      wire.send(GET);
      var again = origin.accept();
      again.readHead();
      again.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
      wire.expect("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
    }
  }

  @Test
  void trailersThatBelongInTheHeadAreDroppedOnBothSides() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy = Frontend.http(origin.port());
        var wire = Wire.connect(proxy.port())) {
      String chunks = "5\r\nhello\r\n0\r\n";
      String bad =
          "Authorization: x\r\nCookie: a=b\r\nSet-Cookie: a=b\r\nContent-Type: x\r\n"
              + "X-Forwarded-Prefix: x\r\nHost: b\r\nIf-Match: x\r\n";
      wire.send(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              + (chunks + bad + "X-Sum: 1\r\n\r\n"));
      var to = origin.accept();
      to.readHead();
      to.expect(chunks + "X-Sum: 1\r\n\r\n");
      to.send(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              + (chunks + bad + "X-Sum: 2\r\n\r\n"));
      wire.expect(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "X-Sum: 2\r\n\r\n");
    }
  }
}
