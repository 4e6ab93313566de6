package dev.weir.proxy.scenario;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.proxyprotocol.Parsed;
import dev.weir.proxy.proxyprotocol.ProxyHeader;
import dev.weir.proxy.proxyprotocol.ProxyHeaderParser;
import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// PROXY headers to endpoints, by a real process: who is announced, and that nobody else uses the
/// connection.
class ProxyProtocolToOriginsTest {
  private static final String ADDRESS = "127.0.0.1";
  @TempDir Path directory;
  private final List<String> listeners = new ArrayList<>();
  private final List<String> pools = new ArrayList<>();

  private int lane(String name, int endpoint, String... fields) throws IOException {
    int port = Ports.free();
    boolean tcp = name.startsWith("tcp");
    listeners.add(
        Yaml.listener(name, port, "defaultPool: " + name, "protocol: " + (tcp ? "TCP" : "HTTP")));
    pools.add(Yaml.pool(name, List.of(Yaml.endpoint(endpoint)), fields));
    return port;
  }

  private ProxyProcess start() throws IOException {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.loadBalancer("web", listeners, pools));
    return ProxyProcess.config(file).start();
  }

  private static String send(String version) {
    return "proxyProtocol: {send: %s}".formatted(version);
  }

  /// Reads headers in front of HTTP.
  private static final class Announced {
    private final Map<Socket, ProxyHeader> clients = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<ProxyHeader> all = new ConcurrentLinkedQueue<>();

    Socket read(Socket socket) throws IOException {
      var header = header(socket.getInputStream());
      clients.put(socket, header);
      all.add(header);
      return socket;
    }

    void answer(Origin origin) {
      origin.security(this::read);
      origin.handler(call -> call.reply(200, clients.get(call.wire().socket()).source() + ""));
    }
  }

  /// Reads one header, byte by byte so that nothing behind it is lost.
  private static ProxyHeader header(InputStream in) throws IOException {
    ByteBuf bytes = Unpooled.buffer();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("closed in a header: " + bytes);
      }
      bytes.writeByte(next);
      switch (ProxyHeaderParser.parse(bytes)) {
        case Parsed.Incomplete() -> {}
        case Parsed.Complete(var header, int length) -> {
          return header;
        }
        case Parsed.Refused(var reason) -> throw new IOException(reason.text());
      }
    }
  }

  private static String own(Wire client) {
    return "/127.0.0.1:" + client.socket().getLocalPort();
  }

  @Test
  void bothVersionsSayWhoTheClientIsBeforeAnythingElse() throws Exception {
    try (var one = RawOrigin.start();
        var two = RawOrigin.start();
        var three = RawOrigin.start()) {
      int v1 = lane("v1", one.port(), send("V1"), Yaml.UNCHECKED);
      int v2 = lane("v2", two.port(), send("V2"), Yaml.UNCHECKED);
      int tcp = lane("tcp", three.port(), send("V1"), Yaml.UNCHECKED);
      try (var proxy = start();
          var first = Wire.connect(v1);
          var second = Wire.connect(v2);
          var third = Wire.connect(tcp)) {
        assertTrue(proxy.alive());
        first.get("/");
        one.accept()
            .expect(
                "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\nGET / HTTP/1.1\r\n"
                    .formatted(first.socket().getLocalPort(), v1));
        second.get("/");
        var origin = two.accept();
        ProxyHeader told = header(origin.input());
        String id = String.valueOf(told.uniqueId());
        assertTrue(id.matches("[0-9a-f]{32}"), id);
        assertEquals(
            ProxyHeader.of(
                    new InetSocketAddress(ADDRESS, second.socket().getLocalPort()),
                    new InetSocketAddress(ADDRESS, v2))
                .called(id),
            told);
        origin.expect("GET / HTTP/1.1\r\n");
        three
            .accept()
            .expect(
                "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n"
                    .formatted(third.socket().getLocalPort(), tcp))
            .send("the server speaks first");
        third.expect("the server speaks first");
      }
    }
  }

  @Test
  void aConnectionServesTheClientThatItAnnouncedAndEndsWithIt() throws Exception {
    var announced = new Announced();
    try (var origin = Origin.start("s")) {
      announced.answer(origin);
      int port = lane("web", origin.port(), send("V2"), Yaml.UNCHECKED);
      try (var proxy = start();
          var a = Wire.connect(port);
          var b = Wire.connect(port)) {
        assertTrue(proxy.alive());
        for (int i = 0; i < 10; i++) {
          assertEquals(own(a), a.get("/").readResponse().body());
          assertEquals(own(b), b.get("/").readResponse().body());
        }
        assertEquals(2, origin.accepted(), "each has one connection and keeps it");
        a.close();
        Await.until("its connection is closed", () -> origin.open() == 1);
        try (var c = Wire.connect(port)) {
          assertEquals(own(c), c.get("/").readResponse().body());
          assertEquals(own(b), b.get("/").readResponse().body());
        }
        assertEquals(3, origin.accepted());
      }
    }
  }

  @Test
  void anotherVersionAppliesToTheNextRequestOfAKeptConnection() throws Exception {
    var announced = new Announced();
    try (var origin = Origin.start("s")) {
      announced.answer(origin);
      int port = lane("web", origin.port(), send("V2"), Yaml.UNCHECKED);
      try (var proxy = start();
          var client = Wire.connect(port)) {
        assertEquals(own(client), client.get("/").readResponse().body());
        pools.set(0, pools.getFirst().replace("V2", "V1"));
        long before = proxy.state().path("generation").asLong();
        ConfigFile.replace(
            directory.resolve("weir.yaml"), Yaml.loadBalancer("web", listeners, pools));
        proxy.awaitState("applied", state -> state.path("generation").asLong() > before);
        assertEquals(own(client), client.get("/").readResponse().body());
        assertEquals(2, origin.accepted(), "what was opened before is not used any more");
      }
    }
  }

  @Test
  void checksAnnounceNobody() throws Exception {
    var first = new Announced();
    var second = new Announced();
    try (var one = Origin.start("one");
        var two = Origin.start("two")) {
      first.answer(one);
      second.answer(two);
      two.handler(call -> call.reply(200, "fine"));
      one.handler(call -> call.reply(200, "fine"));
      String http = "health: {interval: 50ms, http: {}}";
      lane("v1", one.port(), send("V1"), http);
      lane("v2", two.port(), send("V2"), http);
      try (var proxy = start()) {
        proxy.awaitHealth("default/web/v1", one.authority(), true);
        proxy.awaitHealth("default/web/v2", two.authority(), true);
        Await.until("both are checked", () -> one.requests() > 1 && two.requests() > 1);
        first.all.forEach(header -> assertEquals(ProxyHeader.LOCAL, header));
        second.all.forEach(header -> assertEquals(ProxyHeader.LOCAL, header));
      }
    }
  }

  @Test
  void theHeaderComesBeforeTls() throws Exception {
    var authority = Authority.named("authority");
    var announced = new Announced();
    try (var origin = Origin.start("s")) {
      origin.tls(Authority.serving(authority.server(ADDRESS)), false);
      var tls = origin.security();
      origin.security(socket -> tls.over(announced.read(socket)));
      ConfigFile.replace(directory.resolve("ca.pem"), authority.pem());
      int port =
          lane(
              "web",
              origin.port(),
              send("V1"),
              "tls: {ca: {file: {certificates: ca.pem}}}",
              Yaml.UNCHECKED);
      try (var proxy = start();
          var client = Wire.connect(port)) {
        assertTrue(proxy.alive());
        assertEquals("s", client.get("/").readResponse().body());
        assertEquals(own(client), announced.all.element().source() + "");
      }
    }
  }

  @Test
  void fieldsOfAHeaderThatComesInNeverPassAsBytesOfTheStream() throws Exception {
    try (var origin = RawOrigin.start()) {
      int port = Ports.free();
      listeners.add(
          Yaml.listener(
              "web",
              port,
              "defaultPool: web",
              "proxyProtocol: {accept: Required, from: [127.0.0.0/8]}"));
      pools.add(
          Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), send("V2"), Yaml.UNCHECKED));
      byte[] field = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200).getBytes(US_ASCII);
      var bytes = ByteBuffer.allocate(16 + 12 + 2 * (3 + field.length));
      bytes.put(HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111"));
      bytes.putShort((short) (bytes.capacity() - 16));
      bytes.put(HexFormat.of().parseHex("c0000207c633640115b30050"));
      for (byte type : new byte[] {4, (byte) 0xee}) {
        bytes.put(type).putShort((short) field.length).put(field);
      }
      try (var proxy = start();
          var client = Wire.connect(port)) {
        assertTrue(proxy.alive());
        client.send(bytes.array()).get("/good");
        Wire to = origin.accept();
        assertEquals("/192.0.2.7:5555", header(to.input()).source() + "");
        assertEquals("GET /good HTTP/1.1", to.readHead().startLine());
        to.send("HTTP/1.1 204 No Content\r\n\r\n");
        assertEquals(204, client.readHead().status());
        to.expectSilence(Duration.ofMillis(50));
      }
    }
  }

  @Test
  void haproxyReadsWhatWeSend() throws Exception {
    var program = HaproxyProcess.needed();
    var authority = Authority.named("authority");
    Authority.write(directory.resolve("server.pem"), authority.server("origin.test"));
    ConfigFile.replace(directory.resolve("ca.pem"), authority.pem());
    int plain = Ports.free();
    int secure = Ports.free();
    var socket = directory.resolve("haproxy.sock");
    var config = directory.resolve("haproxy.cfg");
    ConfigFile.replace(
        config,
        """
        global
          stats socket %s
        defaults
          mode http
          timeout client 10s
          timeout server 10s
          timeout connect 10s
        frontend plain
          bind 127.0.0.1:%d accept-proxy
          bind 127.0.0.1:%d accept-proxy ssl crt %s
          http-request return status 200 content-type text/plain lf-string "%%[src]:%%[src_port] %%[dst]:%%[dst_port]"
        """
            .formatted(socket, plain, secure, directory.resolve("server.pem")));
    String checked = "health: {interval: 100ms, rise: 1, fall: 1, http: {}}";
    int v1 = lane("v1", plain, send("V1"), checked);
    int v2 = lane("v2", plain, send("V2"), checked);
    String tls = "tls: {serverName: origin.test, ca: {file: {certificates: ca.pem}}}";
    int encrypted = lane("secure", secure, send("V2"), tls, checked);
    try (var haproxy = HaproxyProcess.start(program, config, socket);
        var proxy = start()) {
      for (String pool : List.of("v1", "v2")) {
        proxy.awaitHealth("default/web/" + pool, ADDRESS + ":" + plain, true);
      }
      proxy.awaitHealth("default/web/secure", ADDRESS + ":" + secure, true);
      for (int port : List.of(v1, v2, encrypted)) {
        try (var client = Wire.connect(port)) {
          String expected =
              "127.0.0.1:%d 127.0.0.1:%d".formatted(client.socket().getLocalPort(), port);
          assertEquals(expected, client.get("/").readResponse().body());
          assertEquals(expected, client.get("/").readResponse().body());
        }
      }
      assertTrue(haproxy.log().toFile().exists());
    }
  }

  @Test
  void weReadWhatHaproxySends() throws Exception {
    var program = HaproxyProcess.needed();
    var authority = Authority.named("authority");
    Authority.write(directory.resolve("server.pem"), authority.server("front.test", ADDRESS));
    ConfigFile.replace(directory.resolve("ca.pem"), authority.pem());
    int front = Ports.free();
    var socket = directory.resolve("haproxy.sock");
    var config = directory.resolve("haproxy.cfg");
    try (var origin = RawOrigin.start()) {
      ConfigFile.replace(
          config,
          """
          global
            stats socket %s
          defaults
            mode tcp
            timeout client 10s
            timeout server 10s
            timeout connect 10s
          listen front
            unique-id-format id-%%ci
            bind 127.0.0.1:%d ssl crt %s ca-file %s verify required alpn http/1.1
            server s 127.0.0.1:%d send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id,authority,cert-key,cert-sig,ssl-cipher
          """
              .formatted(
                  socket,
                  front,
                  directory.resolve("server.pem"),
                  directory.resolve("ca.pem"),
                  origin.port()));
      var context = authority.trusting(authority.client("CN=alfa"));
      try (var haproxy = HaproxyProcess.start(program, config, socket);
          var client =
              (javax.net.ssl.SSLSocket) context.getSocketFactory().createSocket(ADDRESS, front)) {
        var parameters = client.getSSLParameters();
        parameters.setServerNames(List.of(new javax.net.ssl.SNIHostName("front.test")));
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        client.setSSLParameters(parameters);
        client.startHandshake();
        var header = header(origin.accept().input());
        assertEquals(new InetSocketAddress(ADDRESS, client.getLocalPort()), header.source());
        assertEquals(new InetSocketAddress(ADDRESS, front), header.destination());
        assertEquals("front.test", header.authority());
        assertEquals("http/1.1", header.alpn());
        assertEquals("id-127.0.0.1", header.uniqueId());
        var tls = assertInstanceOf(ProxyHeader.ClientTls.class, header.tls());
        assertTrue(tls.certificate() && tls.verified());
        assertEquals("TLSv1.3", tls.version());
        assertEquals("alfa", tls.commonName());
        assertEquals("EC256", tls.key());
        assertNotEquals(null, tls.cipher());
        assertTrue(haproxy.log().toFile().exists());
      }
    }
  }

  /// A field of version 2: type, length, value.
  private static byte[] field(int type, byte... value) {
    return ByteBufUtil.getBytes(
        Unpooled.buffer().writeByte(type).writeShort(value.length).writeBytes(value));
  }

  private static byte[] version2(byte[]... fields) {
    ByteBuf out = Unpooled.buffer();
    ByteBuf block = Unpooled.buffer();
    block.writeBytes(new byte[] {(byte) 192, 0, 2, 1, (byte) 198, 51, 100, 1});
    block.writeShort(55555).writeShort(443);
    for (byte[] field : fields) {
      block.writeBytes(field);
    }
    out.writeBytes(
        new byte[] {0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A});
    out.writeByte(0x21).writeByte(0x11).writeShort(block.readableBytes()).writeBytes(block);
    return ByteBufUtil.getBytes(out);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private int behindProxies(String name, int endpoint) throws IOException {
    int port = Ports.free();
    listeners.add(
        Yaml.listener(
            name,
            port,
            "defaultPool: " + name,
            "protocol: " + (name.equals("tcp") ? "TCP" : "HTTP"),
            "proxyProtocol: {accept: Required, from: [127.0.0.0/8]}"));
    pools.add(Yaml.pool(name, List.of(Yaml.endpoint(endpoint)), send("V2"), Yaml.UNCHECKED));
    return port;
  }

  @Test
  void whatATrustedProxySaidIsPassedOn() throws Exception {
    byte[] nested =
        ByteBufUtil.getBytes(
            Unpooled.buffer()
                .writeByte(0x03)
                .writeInt(0)
                .writeBytes(field(0x21, ascii("TLSv1.3")))
                .writeBytes(field(0x22, ascii("partner")))
                .writeBytes(field(0x28, new byte[600])));
    byte[] header =
        version2(
            field(0x01, ascii("h2")),
            field(0x02, ascii("shop.example.com")),
            field(0x04, new byte[7]),
            field(0x05, ascii("from-the-front")),
            field(0x20, nested),
            field(0xEA, (byte) 1, (byte) 'v', (byte) 0xff),
            field(0xE0, new byte[2000]));
    var wanted =
        new ProxyHeader(
            new InetSocketAddress("192.0.2.1", 55555),
            new InetSocketAddress("198.51.100.1", 443),
            "shop.example.com",
            "h2",
            "from-the-front",
            new ProxyHeader.ClientTls(true, false, true, "TLSv1.3", null, "partner", null, null),
            List.of(new ProxyHeader.Other(0xEA, "\u0001v\u00ff")));
    try (var one = RawOrigin.start();
        var two = RawOrigin.start()) {
      int http = behindProxies("http", one.port());
      int tcp = behindProxies("tcp", two.port());
      try (var _ = start();
          var first = Wire.connect(http);
          var second = Wire.connect(tcp)) {
        first.send(header).get("/");
        var origin = one.accept();
        assertEquals(wanted, header(origin.input()));
        origin.expect("GET / HTTP/1.1\r\n");
        second.send(header).send("bytes");
        var relayed = two.accept();
        assertEquals(wanted, header(relayed.input()));
        relayed.expect("bytes");
      }
    }
  }

  @Test
  void aHeaderWithMoreThanItsLengthOrTwiceTheSameIsNotPassedOn() throws Exception {
    byte[] outside = field(0x20, new byte[] {1, 0, 0, 0, 0, 0x21, 0, 9, 'x'});
    byte[] twice = {0x02, 0, 1, 'a', 0x02, 0, 1, 'b'};
    byte[] open = {(byte) 0xE0, 0, 9, 'x'};
    try (var one = RawOrigin.start()) {
      int http = behindProxies("http", one.port());
      try (var _ = start()) {
        for (byte[] fields : List.of(outside, twice, open)) {
          try (var client = Wire.connect(http)) {
            client.send(version2(fields)).get("/").expectClosed();
          }
        }
        assertTrue(one.quiet(Duration.ofMillis(200)));
      }
    }
  }
}
