package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.LoadReport.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The peers tell the truth: what they call flawless is, and what breaks is counted.
class TestkitTest {

  @Test
  void loadOnAHealthyOriginIsFlawless() throws Exception {
    try (var origin = Origin.start("s1");
        var load = LoadClient.on(origin.port())) {
      load.keepAlive(2, "/", Duration.ofMillis(1)).oneShot(2, "/chunked/100000", Duration.ZERO);
      Await.until("100 requests", () -> load.succeeded() >= 100);
      var report = load.stop();
      report.requireFlawless(100);
      assertTrue(report.bodies().containsKey("s1"));
    }
  }

  @Test
  void killedOriginCausesCountedFailuresAndWorksAgainAfterRevival() throws Exception {
    try (var origin = Origin.start("s1");
        var load = LoadClient.on(origin.port())) {
      load.keepAlive(2, "/slow/100000000/20000", Duration.ZERO)
          .oneShot(1, "/", Duration.ofMillis(1));
      Await.until("an answer and two downloads", () -> load.succeeded() > 0 && origin.open() >= 2);
      origin.kill();
      Await.until("failures", () -> load.failed() >= 5);
      var reasons =
          load.stop().failures().stream()
              .map(LoadReport.Failure::reason)
              .collect(Collectors.toSet());
      assertTrue(reasons.containsAll(Set.of(Reason.Cut, Reason.Connect)), reasons.toString());
      assertThrows(IOException.class, () -> LoadClient.fetch(origin.port(), "/"));
      origin.revive();
      assertEquals("s1", LoadClient.fetch(origin.port(), "/"));
    }
  }

  @Test
  void payloadArrivesWithItsDigest() throws Exception {
    try (var origin = Origin.start("s1");
        var wire = Wire.connect(origin.port())) {
      wire.send("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
      Payload.write(wire.output(), 300_000);
      assertEquals("300000 " + Payload.digest(300_000), wire.readResponse().body());
    }
  }

  @Test
  void webSocketEchoes() throws Exception {
    try (var origin = Origin.start("s1");
        var socket = WebSocketClient.connect(origin.port(), "/ws")) {
      assertEquals("hello", socket.exchange("hello"));
      var large = "x".repeat(70_000);
      assertEquals(large, socket.exchange(large));
    }
  }

  @Test
  void rawPeersSpeakByteForByte() throws Exception {
    try (var origin = RawOrigin.start();
        var client = Wire.connect(origin.port());
        var server = origin.accept()) {
      client.send("ping").endOutput();
      server.expect("ping");
      server.expectClosed();
      server.reset();
      client.expectClosed();
      assertTrue(origin.quiet(Duration.ofMillis(50)));
    }
  }
}
