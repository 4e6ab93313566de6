package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Connections that stop being HTTP, and attempts to pretend that they did.
class UpgradeTest {
  private static final String ASK =
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  private static final String SWITCH =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  private static Lanes lanes;

  @BeforeAll
  static void start() throws IOException {
    lanes = Lanes.start(8, List.of("timeouts: {tunnelIdle: 5s}"), List.of());
  }

  @AfterAll
  static void stop() throws IOException {
    lanes.close();
  }

  @Test
  void afterA101BytesPassBothWaysAndTheEndOfOneSideReachesTheOther() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send(ASK);
      var origin = lane.origin().accept();
      var head = origin.readHead();
      assertEquals("websocket", head.first("upgrade"));
      assertTrue(head.lists("connection", "upgrade"), head.toString());
      origin.send(SWITCH + "\u0001\u0002at once");
      assertEquals(101, client.readHead().status());
      client.expect("\u0001\u0002at once").send("\u0000 not http\r\n\r\n");
      origin.expect("\u0000 not http\r\n\r\n");
      client.endOutput();
      assertEquals("", origin.read(1));
      origin.send("last words");
      client.expect("last words");
      origin.close();
      client.expectClosed();
    }
  }

  @Test
  void aSilentTunnelEndsAtItsOwnTimeout() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send(ASK);
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send(SWITCH);
      client.readHead();
      client.expectSilence(Duration.ofMillis(800));
      var last = System.nanoTime();
      client.send("x");
      origin.expect("x");
      client.expectClosed();
      var silent = Duration.ofNanos(System.nanoTime() - last);
      assertTrue(silent.toMillis() >= 4500, () -> "closed after " + silent);
      origin.expectClosed();
    }
  }

  @Test
  void anotherAnswerThan101LeavesHttpInPlace() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send(ASK + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
      assertEquals("no", client.readResponse().body());
      var second = origin.readHead();
      assertEquals("/second", second.target());
      assertEquals(List.of("127.0.0.1"), second.all("x-forwarded-for"));
    }
  }

  @Test
  void bytesBehindTheRequestWaitForThe101() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send(ASK + "early");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.expectSilence(Duration.ofMillis(100));
      origin.send(SWITCH);
      origin.expect("early");
    }
  }

  @Test
  void upgradesToHttp2AreNotOfferedToTheOrigin() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.send(
          "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
              + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
      var head = lane.origin().accept().readHead();
      assertNull(head.first("upgrade"));
      assertNull(head.first("http2-settings"));
    }
  }

  @Test
  void a101ThatNobodyAskedForIsABadAnswer() throws Exception {
    var lane = lanes.next();
    try (var client = lane.client()) {
      client.get("/");
      var origin = lane.origin().accept();
      origin.readHead();
      origin.send(SWITCH);
      assertEquals(502, client.readResponse().status());
    }
  }
}
