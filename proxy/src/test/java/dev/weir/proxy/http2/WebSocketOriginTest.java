package dev.weir.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Http2Wire;
import java.util.List;
import org.junit.jupiter.api.Test;

/// WebSockets of HTTP/1 clients to an origin that speaks HTTP/2, frame by frame.
class WebSocketOriginTest extends Http2OriginScene {
  private static final int ENABLE_CONNECT_PROTOCOL = 8;

  @Test
  void aWebSocketIsAskedForOverHttp1OnAConnectionOfItsOwn() throws Exception {
    var client = client().get("/first");
    var to = accept();
    to.readHeaders();
    to.headers(1, true, ":status: 200");
    client.readResponse();
    client.get("/chat", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13");
    var webSocket = origin.accept();
    assertEquals("GET /chat HTTP/1.1", webSocket.readHead().startLine());
    webSocket.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi");
    assertEquals(101, client.readHead().status());
    client.expect("hi");
    var refused = client();
    refused.get("/no", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13");
    var other = origin.accept();
    other.readHead();
    other.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assertEquals(200, refused.readResponse().status());
    other.expectClosed();
    refused.get("/second");
    assertEquals("/second", path(to));
  }

  @Test
  void aWebSocketIsAStreamWhereTheOriginSaysThatItTakesThem() throws Exception {
    var client = client().get("/first");
    var to = accept(ENABLE_CONNECT_PROTOCOL, 1);
    to.readHeaders();
    to.headers(1, true, ":status: 200");
    client.readResponse();
    client.get(
        "/chat",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: chat");
    var asked = to.read(Http2Wire.HEADERS);
    assertEquals(false, asked.end());
    assertEquals(
        List.of(
            ":method: CONNECT",
            ":protocol: websocket",
            ":scheme: http",
            ":authority: weir.test",
            ":path: /chat",
            "sec-websocket-version: 13",
            "sec-websocket-protocol: chat",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-proto: http",
            "x-forwarded-host: weir.test"),
        to.fields(asked));
    to.headers(3, false, ":status: 200", "sec-websocket-protocol: chat").data(3, false, "hello");
    client.expect(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
            + "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            + "sec-websocket-protocol: chat\r\nConnection: Upgrade\r\n\r\nhello");
    client.send("and back");
    assertEquals("and back", to.read(Http2Wire.DATA).text());
    to.data(3, true, "bye");
    client.expect("bye");
    assertEquals(-1, client.input().read());
    client.endOutput();
    assertTrue(to.read(Http2Wire.DATA).end());
    var refused = client();
    refused.get("/no", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: eA==");
    to.readHeaders();
    to.headers(5, false, ":status: 403", "content-length: 2").data(5, true, "no");
    assertEquals("no", refused.readResponse().body());
    assertEquals(5, to.read(Http2Wire.RST_STREAM).stream());
    assertEquals(1, origin.accepted().size());
  }
}
