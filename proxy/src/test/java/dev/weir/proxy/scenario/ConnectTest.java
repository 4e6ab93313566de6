package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.ConfigFile;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tunnels by CONNECT through endpoints that are forward proxies.
class ConnectTest {
  private static final String CONNECT =
      "CONNECT shop.example.com:443 HTTP/1.1\r\nHost: shop.example.com:443\r\n";
  private static final String OPENED = "HTTP/1.1 200 Connection established\r\n\r\n";

  @TempDir private Path directory;
  private final int port = Ports.free();
  private final int shut = Ports.free();
  private final int http2 = Ports.free();
  private RawOrigin origin;
  private ProxyProcess proxy;

  @BeforeEach
  void start() throws IOException {
    origin = RawOrigin.start();
    String allowed = "http: {allowConnect: true}";
    var endpoint = List.of(Yaml.endpoint(origin.port()));
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(
        file,
        Yaml.loadBalancer(
                "web",
                List.of(
                    Yaml.listener("egress", port, allowed, "defaultPool: squid"),
                    Yaml.listener("web", shut, "defaultPool: squid"),
                    Yaml.listener("two", http2, allowed, "defaultPool: two")),
                List.of(
                    Yaml.pool("squid", endpoint, Yaml.UNCHECKED),
                    Yaml.pool("two", endpoint, "protocol: HTTP2", Yaml.UNCHECKED)))
            + "  routes:\n"
            + "    - {name: away, hosts: [away.example.com], redirect: {host: b.example.com}}\n"
            + "    - {name: path, matches: [{path: {prefix: /x}}], redirect: {host: c.example.com}}\n");
    proxy = ProxyProcess.config(file).loops(1).start();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    origin.close();
  }

  @Test
  void theEndpointOpensTheTunnelAndBytesPassBothWays() throws Exception {
    try (var client = Wire.connect(port)) {
      client.send(
          CONNECT + "Proxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\n\r\n");
      Wire to = origin.accept();
      Head head = to.readHead();
      assertEquals("CONNECT shop.example.com:443 HTTP/1.1", head.startLine());
      assertEquals("shop.example.com:443", head.first("Host"));
      assertEquals("Basic eDp5", head.first("Proxy-Authorization"));
      assertNull(head.first("Proxy-Connection"));
      assertNull(head.first("Upgrade"));
      assertEquals("127.0.0.1", head.first("X-Forwarded-For"));
      client.send("sent in hope");
      to.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nVia: squid\r\n\r\nhello");
      client.expect("HTTP/1.1 200 OK\r\nVia: squid\r\n\r\nhello");
      to.expect("sent in hope");
      client.send("GET / HTTP/1.1\r\n\r\n");
      to.expect("GET / HTTP/1.1\r\n\r\n");
      client.endOutput();
      to.send("and the rest");
      client.expect("and the rest");
      to.endOutput();
      client.expectClosed();
    }
  }

  @Test
  void withoutPermissionNothingIsOpened() throws Exception {
    try (var client = Wire.connect(shut)) {
      client.send(CONNECT + "\r\n");
      assertEquals(405, client.readResponse().status());
      assertTrue(origin.quiet(Duration.ofMillis(100)));
    }
  }

  @Test
  void whatWasSentInHopeIsNoRequestWhenTheEndpointRefuses() throws Exception {
    try (var client = Wire.connect(port)) {
      client.send(CONNECT + "\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
      Wire to = origin.accept();
      to.readHead();
      to.send(
          "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
              + "Content-Length: 2\r\n\r\nno");
      Wire.Response response = client.readResponse();
      assertEquals(407, response.status());
      assertEquals("no", response.body());
      assertEquals("close", response.head().first("Connection"));
      client.expectClosed();
      to.expectSilence(Duration.ofMillis(100));
      assertTrue(origin.quiet(Duration.ofMillis(100)));
    }
  }

  private static final List<String> NO_CONNECT =
      List.of(
          "CONNECT /x HTTP/1.1\r\nHost: a\r\n",
          "CONNECT a.example.com HTTP/1.1\r\nHost: a.example.com\r\n",
          "CONNECT a.example.com: HTTP/1.1\r\nHost: a.example.com:\r\n",
          "CONNECT a.example.com:99999 HTTP/1.1\r\nHost: a.example.com:99999\r\n",
          "CONNECT http://a.example.com:443 HTTP/1.1\r\nHost: a.example.com:443\r\n",
          "CONNECT u@a.example.com:443 HTTP/1.1\r\nHost: u@a.example.com:443\r\n",
          "CONNECT a.example.com:443 HTTP/1.1\r\nHost: b.example.com:443\r\n",
          "CONNECT a.example.com:443 HTTP/1.1\r\n",
          "CONNECT a.example.com:443 HTTP/1.0\r\nHost: a.example.com:443\r\n",
          "CONNECT a.example.com:443 HTTP/1.1\r\nHost: a.example.com:443\r\nContent-Length: 3\r\n",
          "CONNECT a.example.com:443 HTTP/1.1\r\nHost: a.example.com:443\r\nTransfer-Encoding: chunked\r\n");

  @Test
  void whatIsNotTheFormOfConnectIsRefused() throws Exception {
    for (String head : NO_CONNECT) {
      try (var client = Wire.connect(port)) {
        client.send(head + "\r\n");
        assertEquals(400, client.readResponse().status(), head);
        client.expectClosed();
      }
    }
    assertTrue(origin.quiet(Duration.ofMillis(100)));
  }

  @Test
  void aRedirectIsNoTunnelAndPathsTakeNone() throws Exception {
    try (var client = Wire.connect(port)) {
      client.send("CONNECT away.example.com:443 HTTP/1.1\r\nHost: away.example.com:443\r\n\r\n");
      assertEquals(405, client.readResponse().status());
    }
  }

  @Test
  void aPoolOfHttp2IsAskedOverHttp1() throws Exception {
    try (var client = Wire.connect(http2)) {
      client.send(CONNECT + "\r\n");
      Wire to = origin.accept();
      assertEquals("CONNECT shop.example.com:443 HTTP/1.1", to.readHead().startLine());
      to.send(OPENED);
      client.expect(OPENED);
      client.send("x");
      to.expect("x");
    }
  }

  private static Http2Client open(Http2Client client, String... more) throws IOException {
    var lines =
        new ArrayList<>(List.of(":method", "CONNECT", ":authority", "shop.example.com:443"));
    lines.addAll(List.of(more));
    return client.headers(1, false, lines.toArray(String[]::new));
  }

  @Test
  void overHttp2AStreamIsTheTunnel() throws Exception {
    try (var client = Http2Client.connect(port)) {
      open(client);
      client.data(1, false, "sent in hope");
      Wire to = origin.accept();
      Head head = to.readHead();
      assertEquals("CONNECT shop.example.com:443 HTTP/1.1", head.startLine());
      assertEquals("shop.example.com:443", head.first("host"));
      assertNull(head.first("Transfer-Encoding"));
      to.send(OPENED + "hello");
      assertEquals("{:status=200}", client.next(Http2Client.HEADERS).fields().toString());
      assertEquals("hello", client.next(Http2Client.DATA).text());
      to.expect("sent in hope");
      client.data(1, true, "the end");
      to.expect("the end");
      to.expectClosed();
      to.send("and the rest").endOutput();
      assertEquals("and the rest", client.next(Http2Client.DATA).text());
      assertTrue(client.next(Http2Client.DATA).ends());
    }
  }

  @Test
  void overHttp2ARefusalIsAResponseLikeOthers() throws Exception {
    try (var client = Http2Client.connect(port)) {
      open(client);
      Wire to = origin.accept();
      to.readHead();
      to.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
      assertEquals("403", client.next(Http2Client.HEADERS).fields().get(":status"));
      assertEquals("no", client.next(Http2Client.DATA).text());
    }
    try (var client = Http2Client.connect(port)) {
      open(client, ":protocol", "connect-udp", ":scheme", "https", ":path", "/");
      assertEquals("405", client.next(Http2Client.HEADERS).fields().get(":status"));
    }
    try (var client = Http2Client.connect(shut)) {
      open(client);
      assertEquals("405", client.next(Http2Client.HEADERS).fields().get(":status"));
    }
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    int own = Ports.free();
    String text =
        Files.readString(Path.of("../examples/connect.yaml"))
            .replace(
                "port: 3128\n      address: 192.168.1.10\n",
                "port: " + own + "\n      address: 127.0.0.1\n")
            .replace(
                "{address: 192.168.1.100, port: 3128}, {address: 192.168.1.101, port: 3128}",
                Yaml.endpoint(origin.port()))
            .replace("      endpoints", "      " + Yaml.UNCHECKED + "\n      endpoints");
    Path file = Files.writeString(directory.resolve("example.yaml"), text);
    try (var _ = ProxyProcess.config(file).start()) {
      try (var client = Wire.connect(own)) {
        client.send(CONNECT + "\r\n");
        Wire to = origin.accept();
        to.readHead();
        to.send(OPENED);
        client.expect(OPENED);
      }
      try (var client = Wire.connect(own)) {
        client.send("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n");
        assertEquals(404, client.readResponse().status());
      }
    }
  }
}
