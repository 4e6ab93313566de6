package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.Head;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// PROXY headers in front of clients' connections.
class ProxyProtocolTest {
  private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
  private static final String LINE = "PROXY TCP4 192.0.2.7 198.51.100.1 5555 80\r\n";
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";

  @TempDir Path directory;
  private final int port = Ports.free();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// A header of version 2.
  ///
  /// @param start version and command, family and protocol, in hexadecimal digits
  private static byte[] version2(String start, int length, byte[] block) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(SIGNATURE);
    out.writeBytes(HexFormat.of().parseHex(start));
    out.write(length >> 8);
    out.write(length);
    out.writeBytes(block);
    return out.toByteArray();
  }

  private static byte[] version2(String start, String block) {
    byte[] parsed = HexFormat.of().parseHex(block);
    return version2(start, parsed.length, parsed);
  }

  /// The head that the origin gets for a request behind the header.
  private Head asked(Origin origin, byte[] header) throws IOException {
    try (var wire = Wire.connect(port)) {
      assertEquals(200, wire.send(header).send(REQUEST).readResponse().status());
    }
    return origin.heads().getLast();
  }

  private static String client(Head head) {
    return head.first("X-Client") + " " + head.first("X-Forwarded-For");
  }

  private String example(Origin web, RawOrigin db, int dbPort) throws IOException {
    return Files.readString(Path.of("../examples/proxy-protocol.yaml"))
        .replace("port: 80\n", "port: " + port + "\n      address: 127.0.0.1\n")
        .replace("port: 5432\n", "port: " + dbPort + "\n      address: 127.0.0.1\n")
        .replace("10.0.0.0/8", "127.0.0.0/8")
        .replace("192.168.1.100, port: 80", "127.0.0.1, port: " + web.port())
        .replace("192.168.1.110, port: 5432", "127.0.0.1, port: " + db.port())
        .replace(
            "  pools:\n    - name: web\n",
            "  pools:\n    - name: web\n      " + Yaml.UNCHECKED + "\n")
        .replace(
            "    - name: db\n      endpoints",
            "    - name: db\n      " + Yaml.UNCHECKED + "\n      endpoints");
  }

  private static List<JsonNode> logged(ProxyProcess proxy, int lines) throws Exception {
    Await.until("lines", () -> Files.readAllLines(proxy.accessLog()).size() >= lines);
    var parsed = new ArrayList<JsonNode>();
    for (String line : Files.readAllLines(proxy.accessLog())) {
      parsed.add(new JsonMapper().readTree(line));
    }
    return parsed;
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    int dbPort = Ports.free();
    try (var web = Origin.start("web");
        var db = RawOrigin.start()) {
      var file = directory.resolve("proxied.yaml");
      Files.writeString(file, example(web, db, dbPort));
      try (var proxy = ProxyProcess.config(file).start()) {
        assertEquals("192.0.2.7:5555 192.0.2.7", client(asked(web, bytes(LINE))));
        var line = logged(proxy, 1).getFirst();
        assertEquals("192.0.2.7", line.path("client").asText().replaceAll(":5555$", ""));
        Await.until(
            "the connection so far is gone",
            () -> proxy.health("/metrics").lines().anyMatch("weir_connections 0"::equals));
        perClient();
        relay(db, dbPort);
        Await.until(
            "the relay is logged",
            () ->
                logged(proxy, 1).stream()
                    .anyMatch(l -> l.path("client").asText().startsWith("192.0.2.9")));
      }
    }
  }

  /// Two connections of one client, as many as you like of others, all from the same address.
  private void perClient() throws IOException {
    try (var one = Wire.connect(port);
        var two = Wire.connect(port);
        var three = Wire.connect(port);
        var other = Wire.connect(port)) {
      for (var wire : List.of(one, two)) {
        assertEquals(200, wire.send(LINE + REQUEST).readResponse().status());
      }
      three.send(LINE + REQUEST).expectClosed();
      String another = LINE.replace("192.0.2.7", "192.0.2.8");
      assertEquals(200, other.send(another + REQUEST).readResponse().status());
    }
  }

  private static void relay(RawOrigin db, int dbPort) throws Exception {
    try (var wire = Wire.connect(dbPort)) {
      wire.send("PROXY TCP4 192.0.2.9 198.51.100.1 1 5432\r\nhello");
      try (var to = db.accept()) {
        to.expect("hello");
        to.send("world");
        wire.expect("world");
        wire.send(" and more");
        to.expect(" and more");
        wire.endOutput();
        to.endOutput();
        wire.expectClosed();
      }
    }
  }

  @Test
  void everyKindOfHeaderNamesTheClientItMeans() throws Exception {
    try (var web = Origin.start("web")) {
      try (var proxy = start(web, "from: [127.0.0.0/8]")) {
        String ipv4 = "c0000207c6336401" + "15b30050";
        assertEquals("192.0.2.7:5555 192.0.2.7", client(asked(web, version2("2111", ipv4))));
        String ipv6 =
            "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "00010050";
        assertEquals("2001:db8::1:1 2001:db8::1", client(asked(web, version2("2121", ipv6))));
        String fields = ipv4 + "02000161" + "ee000411223344" + "04000100";
        assertEquals("192.0.2.7:5555 192.0.2.7", client(asked(web, version2("2111", fields))));
        assertEquals(
            "2001:db8::1:1 2001:db8::1",
            client(asked(web, bytes("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"))));
        String path = "2f6100" + "00".repeat(105);
        assertEquals("unix:0 null", client(asked(web, version2("2131", path + path))));
        for (byte[] local :
            List.of(
                version2("2000", ""),
                version2("2011", ipv4),
                version2("2100", ""),
                version2("2100", "00".repeat(500)),
                bytes("PROXY UNKNOWN\r\n"),
                bytes("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"))) {
          assertEquals("127.0.0.1", asked(web, local).first("X-Forwarded-For"));
        }
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void aHeaderMayComeByteByByte() throws Exception {
    try (var web = Origin.start("web")) {
      try (var proxy = start(web, "from: [127.0.0.0/8]");
          var one = Wire.connect(port);
          var two = Wire.connect(port)) {
        byte[] second = version2("2111", "c0000207c633640115b30050");
        dribble(one, bytes(LINE + REQUEST));
        assertEquals(200, one.readResponse().status());
        dribble(two, join(second, bytes(REQUEST + REQUEST)));
        assertEquals(200, two.readResponse().status());
        assertEquals(200, two.readResponse().status());
        assertEquals("192.0.2.7:5555 192.0.2.7", client(web.heads().getLast()));
        assertTrue(proxy.alive());
      }
    }
  }

  private static void dribble(Wire wire, byte[] bytes) throws IOException {
    for (byte one : bytes) {
      wire.send(new byte[] {one});
    }
  }

  private static byte[] join(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }

  @Test
  void whatIsNoHeaderIsClosedWithoutAWordAndCounted() throws Exception {
    try (var web = Origin.start("web")) {
      try (var proxy = start(web, "from: [127.0.0.0/8]")) {
        List<byte[]> bad =
            List.of(
                bytes(REQUEST),
                bytes("PROXY TCP4 192.0.2.7 198.51.100.1 5555\r\n"),
                bytes("PROXY TCP4 192.0.2.777 198.51.100.1 5555 80\r\n"),
                bytes("PROXY " + "x".repeat(200)),
                version2("3111", "c0000207c633640115b30050"),
                version2("2211", "c0000207c633640115b30050"),
                version2("2111", "c0000207"),
                version2("2112", "c0000207c633640115b30050"),
                version2("2111", 65535, new byte[100]),
                version2("2111", "c0000207c633640115b30050" + "030004deadbeef"),
                version2("2111", "c0000207c633640115b30050" + "02ffff61"));
        for (byte[] one : bad) {
          try (var wire = Wire.connect(port)) {
            wire.send(one).expectClosed();
          }
        }
        try (var wire = Wire.connect(port)) {
          wire.send("PROXY TCP4 ").endOutput().expectClosed();
        }
        try (var scanner = Wire.connect(port)) {
          scanner.endOutput().expectClosed();
        }
        assertEquals(0, web.requests());
        counted(proxy, "proxy_header", bad.size() + 1);
        assertEquals("192.0.2.7:5555 192.0.2.7", client(asked(web, bytes(LINE))));
      }
    }
  }

  @Test
  void aConnectionFromElsewhereIsClosedBeforeAByteOfItIsRead() throws Exception {
    try (var web = Origin.start("web")) {
      try (var proxy = start(web, "from: [192.0.2.0/24, \"2001:db8::/32\"]");
          var wire = Wire.connect(port)) {
        wire.expectClosed();
        counted(proxy, "proxy_network", 1);
      }
    }
  }

  @Test
  void aHeaderThatDoesNotComeEndsAtTheHeaderTimeout() throws Exception {
    try (var web = Origin.start("web")) {
      ConfigFile.replace(
          directory.resolve("weir.yaml"), manifest(web, "from: [127.0.0.0/8]", "300ms"));
      try (var proxy = ProxyProcess.config(directory.resolve("weir.yaml")).start();
          var silent = Wire.connect(port);
          var slow = Wire.connect(port)) {
        slow.send("PROXY TCP4 192.0.2.7 ");
        silent.expectClosed();
        slow.expectClosed();
        counted(proxy, "proxy_timeout", 2);
      }
    }
  }

  @Test
  void trustOfForwardingHeadersLooksAtWhomTheHeaderNames() throws Exception {
    try (var web = Origin.start("web")) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(file, manifest(web, "from: [127.0.0.0/8]", "10s"));
      try (var proxy = ProxyProcess.config(file).start();
          var friend = Wire.connect(port);
          var stranger = Wire.connect(port)) {
        String request = "GET / HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n";
        friend.send(LINE.replace("192.0.2.7", "192.0.2.99") + request).readResponse();
        assertEquals(
            List.of("203.0.113.1", "192.0.2.99"), web.heads().getLast().all("X-Forwarded-For"));
        stranger.send(LINE + request).readResponse();
        assertEquals(List.of("192.0.2.7"), web.heads().getLast().all("X-Forwarded-For"));
        assertNull(web.heads().getLast().first("Forwarded"));
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void haproxyInFrontNamesTheClient() throws Exception {
    var haproxy = HaproxyProcess.needed();
    int v1 = Ports.free();
    int v2 = Ports.free();
    try (var web = Origin.start("web")) {
      try (var proxy = start(web, "from: [127.0.0.0/8]")) {
        var config = directory.resolve("haproxy.cfg");
        var socket = directory.resolve("haproxy.sock");
        Files.writeString(
            config,
            """
            global
              stats socket %s
            defaults
              mode tcp
              timeout connect 5s
              timeout client 5s
              timeout server 5s
            listen one
              bind 127.0.0.1:%d
              server s 127.0.0.1:%d send-proxy
            listen two
              bind 127.0.0.1:%d
              server s 127.0.0.1:%d send-proxy-v2 check inter 100ms check-send-proxy
            """
                .formatted(socket, v1, port, v2, port));
        try (var front = HaproxyProcess.start(haproxy, config, socket)) {
          assertTrue(Files.exists(front.log()));
          for (int through : List.of(v1, v2)) {
            try (var wire = Wire.connect(through)) {
              assertEquals(200, wire.send(REQUEST).readResponse().status());
              assertEquals(
                  "127.0.0.1:%d 127.0.0.1".formatted(wire.socket().getLocalPort()),
                  client(web.heads().getLast()));
            }
          }
        }
        assertTrue(proxy.alive());
      }
    }
  }

  private static void counted(ProxyProcess proxy, String failure, int times) {
    Await.until(
        times + " times " + failure,
        () -> proxy.health("/metrics").contains("failure=\"%s\"} %d\n".formatted(failure, times)));
  }

  private ProxyProcess start(Origin web, String from) throws IOException {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, manifest(web, from, "10s"));
    return ProxyProcess.config(file).start();
  }

  private String manifest(Origin web, String from, String header) {
    return Yaml.loadBalancer(
        "web",
        List.of(
            Yaml.listener(
                "http",
                port,
                "proxyProtocol: {accept: Required, %s}".formatted(from),
                "timeouts: {header: %s}".formatted(header),
                "http: {forwarded: {trust: [192.0.2.99/32]}}",
                "requestHeaders: {set: [{name: X-Client, value: \"%{client.address}:%{client.port}\"}]}")),
        List.of(Yaml.pool("web", Yaml.UNCHECKED, web)));
  }
}
