package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.OpenSsl;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS with clients, and bytes as they are behind it.
class TlsTcpTest {
  private static final String CERTIFICATE = "certificates: [{file: {certificate: both.pem}}]";

  @TempDir Path directory;
  private final int port = Ports.free();
  private Authority authority;

  @BeforeEach
  void certificates() throws Exception {
    authority = Authority.named("weir test");
    Authority.write(
        directory.resolve("both.pem"), authority.server("one.weir.test", "two.weir.test"));
    Files.writeString(directory.resolve("ca.pem"), authority.pem());
  }

  private ProxyProcess start(List<String> listeners, String... pools) throws IOException {
    Path file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.loadBalancer("web", listeners, List.of(pools)));
    return ProxyProcess.config(file).start();
  }

  private String listener(String name, String... more) {
    var fields = Arrays.copyOf(more, more.length + 2);
    fields[more.length] = "protocol: TCP";
    fields[more.length + 1] = "defaultPool: " + name;
    return Yaml.listener(name, port, fields);
  }

  private static String pool(String name, RawOrigin origin, String... more) {
    var fields = Arrays.copyOf(more, more.length + 1);
    fields[more.length] = Yaml.UNCHECKED;
    return Yaml.pool(name, List.of(Yaml.endpoint(origin.port())), fields);
  }

  private Wire client(String name) throws Exception {
    return Wire.connect(port, authority.trusting(), name);
  }

  @Test
  void bytesAreRelayedBothWaysAndSoAreTheirEnds() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy =
            start(
                List.of(listener("one", "tls: {%s}".formatted(CERTIFICATE))), pool("one", origin));
        var wire = client("one.weir.test");
        var to = origin.accept()) {
      to.send("220 the server speaks first\r\n");
      wire.expect("220 the server speaks first\r\n");
      wire.send("EHLO\r\n");
      to.expect("EHLO\r\n");
      byte[] much = new byte[3_000_000];
      new Random(1).nextBytes(much);
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      to.send(much).endOutput();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      assertEquals(digest(much), digest(wire.input().readNBytes(much.length)));
      wire.expectClosed();
      sender.join();
      wire.close();
      Await.until("logged", () -> Files.readString(proxy.accessLog()).contains("TLSv1.3"));
    }
  }

  private static String digest(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void namesOfOnePortTellListenersAndTheirDemandsApart() throws Exception {
    try (var one = RawOrigin.start();
        var two = RawOrigin.start();
        var proxy =
            start(
                List.of(
                    listener("one", "hosts: [one.weir.test]", "tls: {%s}".formatted(CERTIFICATE)),
                    listener(
                        "two",
                        "hosts: [two.weir.test]",
                        "tls: {%s, clientAuth: {ca: {file: {certificates: ca.pem}}}}"
                            .formatted(CERTIFICATE))),
                pool("one", one),
                pool("two", two, "proxyProtocol: {send: V2}"))) {
      try (var wire = client("one.weir.test")) {
        wire.send("to one");
        one.accept().expect("to one");
      }
      try (var wire =
          Wire.connect(port, authority.trusting(authority.client("CN=alice")), "two.weir.test")) {
        wire.send("to two");
        assertTrue(two.accept().read(70).contains("alice"));
      }
      OpenSsl.needed();
      String stranger = OpenSsl.client(port, "-tls1_3", "two.weir.test");
      assertTrue(stranger.contains("certificate required"), stranger);
      try (var wire = client("three.weir.test")) {
        wire.expectClosed();
      }
      PrometheusPage page = PrometheusPage.parse(proxy.health("/metrics"));
      assertEquals(2, page.value(handshakes("one", "full")));
      assertEquals(1, page.value(handshakes("two", "full")));
      assertEquals(1, page.value(handshakes("two", "client_certificate_missing")));
    }
  }

  private static String handshakes(String listener, String result) {
    return "weir_listener_tls_handshakes_total{listener=\"%s\",load_balancer=\"default/web\",result=\"%s\"}"
        .formatted(listener, result);
  }

  @Test
  void theEndpointMaySpeakTlsToo() throws Exception {
    try (var origin = RawOrigin.start();
        var proxy =
            start(
                List.of(listener("one", "tls: {%s}".formatted(CERTIFICATE))),
                pool("one", origin, "tls: {verify: false}"));
        var wire = client("one.weir.test");
        var to = origin.accept()) {
      assertEquals(22, to.input().read());
      assertTrue(proxy.alive());
      wire.send("x");
    }
  }

  @Test
  void aFileOfHaproxyWithSslInModeTcpIsServed() throws Exception {
    Path file = directory.resolve("haproxy.cfg");
    try (var origin = RawOrigin.start()) {
      ConfigFile.replace(
          file,
          """
          defaults
              mode tcp
              timeout connect 5s
              timeout client 50s
              timeout server 50s
          listen redis
              bind 127.0.0.1:%d ssl crt %s/both.pem
              server s1 127.0.0.1:%d
          """
              .formatted(port, directory, origin.port()));
      try (var _ = ProxyProcess.config(file).start();
          var wire = client("one.weir.test")) {
        wire.send("PING\r\n");
        var to = origin.accept();
        to.expect("PING\r\n").send("+PONG\r\n");
        wire.expect("+PONG\r\n");
      }
    }
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    String text =
        Files.readString(Path.of("../examples/tls-tcp.yaml"), StandardCharsets.UTF_8)
            .replace("port: 6380\n", "port: " + port + "\n      address: 127.0.0.1\n");
    try (var redis = RawOrigin.start();
        var cache = RawOrigin.start()) {
      text =
          text.replace(
                  "{address: 192.168.1.100, port: 6379}, {address: 192.168.1.101, port: 6379, tier: 1}",
                  Yaml.endpoint(redis.port()))
              .replace("{address: 192.168.1.110, port: 6380}", Yaml.endpoint(cache.port()))
              .replaceAll(
                  "(    - name: (?:redis|cache)\n)(      endpoints)",
                  "$1      " + Yaml.UNCHECKED + "\n$2");
      Path file = Files.writeString(directory.resolve("example.yaml"), text);
      try (var _ = ProxyProcess.config(file).start()) {
        OpenSsl.needed();
        Thread client =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        OpenSsl.client(port, "-tls1_2", "shop.example.com");
                        OpenSsl.client(port, "-tls1_3", "cache.shop.example.com");
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    });
        try (var to = redis.accept()) {
          to.expect("GET / HTTP/1.1\r\n");
        }
        try (var to = cache.accept()) {
          assertEquals(22, to.input().read());
        }
        client.join();
      }
    }
  }
}
