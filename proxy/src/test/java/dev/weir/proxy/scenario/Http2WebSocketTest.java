package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Head;
import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// WebSockets over HTTP/2 (RFC 8441) before origins that know the upgrade of HTTP/1 alone.
class Http2WebSocketTest {
  private static final int ENABLE_CONNECT_PROTOCOL = 8;

  @TempDir private Path directory;
  private final int port = Ports.free();
  private final int brief = Ports.free();
  private RawOrigin origin;
  private ProxyProcess proxy;

  @BeforeEach
  void start() throws IOException {
    origin = RawOrigin.start();
    var file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener("http", port),
                Yaml.listener("brief", brief, "timeouts: {tunnelIdle: 1s}")),
            List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED))));
    proxy = ProxyProcess.config(file).loops(1).start();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    origin.close();
  }

  private static Http2Client open(Http2Client client, int stream) throws IOException {
    return client.headers(
        stream,
        false,
        ":method",
        "CONNECT",
        ":protocol",
        "websocket",
        ":scheme",
        "http",
        ":path",
        "/chat?room=1",
        ":authority",
        "weir.test",
        "sec-websocket-version",
        "13",
        "sec-websocket-protocol",
        "chat",
        "origin",
        "http://weir.test");
  }

  private static String answer(String key) throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-1")
            .digest(
                (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
    return Base64.getEncoder().encodeToString(digest);
  }

  private Wire switched(Http2Client client, int stream) throws Exception {
    Wire server = origin.accept();
    Head head = server.readHead();
    server.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: "
            + answer(String.valueOf(head.first("Sec-WebSocket-Key")))
            + "\r\n\r\n");
    assertEquals(
        "{:status=200, sec-websocket-protocol=chat}",
        client.next(Http2Client.HEADERS).fields().toString());
    return server;
  }

  @Test
  void theHandshakeIsMadeForTheClient() throws Exception {
    try (var client = Http2Client.connect(port)) {
      byte[] settings = client.next(Http2Client.SETTINGS).payload();
      boolean allowed = false;
      for (int i = 0; i < settings.length; i += 6) {
        allowed |= settings[i + 1] == ENABLE_CONNECT_PROTOCOL && settings[i + 5] == 1;
      }
      assertTrue(allowed);
      open(client, 1);
      client.data(1, false, "sent before the answer");
      Wire server = origin.accept();
      Head head = server.readHead();
      assertEquals("GET /chat?room=1 HTTP/1.1", head.startLine());
      assertEquals("websocket", head.first("Upgrade"));
      assertEquals("Upgrade", head.first("Connection"));
      assertEquals("13", head.first("Sec-WebSocket-Version"));
      assertEquals("chat", head.first("Sec-WebSocket-Protocol"));
      String key = String.valueOf(head.first("Sec-WebSocket-Key"));
      assertEquals(16, Base64.getDecoder().decode(key).length);
      assertTrue(origin.quiet(Duration.ofMillis(50)));
      server.send(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: "
              + answer(key)
              + "\r\n\r\nhello");
      assertEquals("{:status=200}", client.next(Http2Client.HEADERS).fields().toString());
      assertEquals("hello", client.next(Http2Client.DATA).text());
      server.expect("sent before the answer");
    }
  }

  @Test
  void bytesPassBothWaysBesideOtherStreamsAndEachSideMayEndFirst() throws Exception {
    try (var client = Http2Client.connect(port)) {
      open(client, 1);
      Wire server = switched(client, 1);
      client.data(1, false, "ping");
      server.expect("ping").send("pong");
      assertEquals("pong", client.next(Http2Client.DATA).text());
      client.get(3, "/");
      Wire other = origin.accept();
      other.readHead();
      other.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
      assertEquals("other", client.response(3).body());
      client.data(1, true, "bye");
      server.expect("bye");
      server.expectClosed();
      server.send("last").endOutput();
      assertEquals("last", client.response(1).body());
    }
  }

  @Test
  void aTunnelThatIsGivenUpClosesTheOriginsConnection() throws Exception {
    try (var client = Http2Client.connect(port)) {
      open(client, 1);
      Wire server = switched(client, 1);
      client.reset(1, 8);
      server.expectClosed();
    }
  }

  @Test
  void aTunnelInWhichNothingMovesEnds() throws Exception {
    try (var client = Http2Client.connect(brief)) {
      open(client, 1);
      Wire server = switched(client, 1);
      var end = client.response(1);
      assertEquals("", end.body());
      server.expectClosed();
    }
  }

  @Test
  void anOriginThatDoesNotAnswerToTheKeyIsNoWebSocket() throws Exception {
    try (var client = Http2Client.connect(port)) {
      open(client, 1);
      Wire server = origin.accept();
      server.readHead();
      server.send(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: bm9uc2Vuc2U=\r\n\r\n");
      var response = client.response(1);
      assertTrue(response.head().isEmpty(), () -> response.head().toString());
      assertEquals(2, response.reset());
      server.expectClosed();
    }
  }

  @Test
  void aRefusalIsPassedOnAndOtherProtocolsAreRefused() throws Exception {
    try (var client = Http2Client.connect(port)) {
      open(client, 1);
      Wire server = origin.accept();
      assertNull(server.readHead().first("Content-Length"));
      server.send("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
      var response = client.response(1);
      assertEquals(403, response.status());
      assertEquals("no", response.body());
      client.headers(
          3,
          false,
          ":method",
          "CONNECT",
          ":protocol",
          "connect-udp",
          ":scheme",
          "http",
          ":path",
          "/",
          ":authority",
          "a");
      assertEquals(405, client.response(3).status());
    }
  }
}
