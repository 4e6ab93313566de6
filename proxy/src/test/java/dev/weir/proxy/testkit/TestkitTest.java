package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.LoadReport.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
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
    var downloads = new CountDownLatch(2);
    try (var origin = Origin.start("s1", call -> answerOrBegin(call, downloads));
        var load = LoadClient.on(origin.port())) {
      load.keepAlive(2, "/endless", Duration.ZERO).oneShot(1, "/", Duration.ofMillis(1));
      Await.until(
          "an answer and two downloads", () -> load.succeeded() > 0 && downloads.getCount() == 0);
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

  /// Of `/endless` only the beginning is sent.
  private static void answerOrBegin(Call call, CountDownLatch begun)
      throws IOException, InterruptedException {
    if (call.path().equals("/endless")) {
      Payload.write(call.begin(200, 100_000_000), 1000);
      begun.countDown();
      call.wire().input().transferTo(OutputStream.nullOutputStream());
    } else {
      Origin.answer(call);
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
