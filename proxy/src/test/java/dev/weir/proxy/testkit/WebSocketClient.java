package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/// A WebSocket that says something and expects to hear it again.
public final class WebSocketClient implements AutoCloseable {
  private final Wire wire;

  private WebSocketClient(Wire wire) {
    this.wire = wire;
  }

  /// Connects to 127.0.0.1 and upgrades; asserts a correct 101.
  public static WebSocketClient connect(int port, String target) throws IOException {
    return over(Wire.connect(port), target);
  }

  /// Upgrades a connection that is there; asserts a correct 101.
  public static WebSocketClient over(Wire wire, String target) throws IOException {
    var bytes = new byte[16];
    ThreadLocalRandom.current().nextBytes(bytes);
    var key = Base64.getEncoder().encodeToString(bytes);
    wire.get(
        target,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + key);
    var head = wire.readHead();
    assertEquals("HTTP/1.1 101", head.startLine().substring(0, 12), head.toString());
    assertEquals(WebSocketFrames.accept(key), head.first("Sec-WebSocket-Accept"));
    return new WebSocketClient(wire);
  }

  /// Sends a text message and returns the next message that arrives.
  public String exchange(String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    WebSocketFrames.write(wire.output(), WebSocketFrames.TEXT, bytes, true);
    return WebSocketFrames.read(wire.input()).text();
  }

  /// The connection, for what this class has no word for.
  public Wire wire() {
    return wire;
  }

  /// Says goodbye and closes.
  @Override
  public void close() throws IOException {
    try (wire) {
      WebSocketFrames.write(wire.output(), WebSocketFrames.CLOSE, new byte[] {3, (byte) 232}, true);
    } catch (IOException alreadyGone) {
      return;
    }
  }
}
