package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.Hello;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS that endpoints end themselves.
class PassthroughTest {
  private static final String TLS = "protocol: TCP, tls: {mode: Passthrough}";

  @TempDir Path directory;
  private final int port = Ports.free();

  /// Sends the bytes, and finds them unchanged at the origin; then the other way.
  private void reaches(RawOrigin origin, byte[] bytes) throws IOException {
    try (var wire = Wire.connect(port)) {
      wire.send(bytes);
      try (var to = origin.accept()) {
        assertArrayEquals(bytes, to.read(bytes.length).getBytes(StandardCharsets.ISO_8859_1));
        to.send("and back");
        wire.expect("and back");
        wire.endOutput();
        to.endOutput();
        wire.expectClosed();
      }
    }
  }

  private void refused(byte[] bytes) throws IOException {
    try (var wire = Wire.connect(port)) {
      wire.send(bytes).expectClosed();
    }
  }

  private static void counted(ProxyProcess proxy, String failure, int times) {
    Await.until(
        times + " times " + failure,
        () -> proxy.health("/metrics").contains("failure=\"%s\"} %d\n".formatted(failure, times)));
  }

  private static String pool(String name, RawOrigin origin) {
    return Yaml.pool(name, List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED);
  }

  private Path manifest(String listener, String routes, String... pools) throws IOException {
    var file = directory.resolve("weir.yaml");
    ConfigFile.replace(
        file,
        Yaml.loadBalancer("web", List.of(Yaml.listener("tls", port, listener)), List.of(pools))
            + (routes.isEmpty() ? "" : "  routes:\n" + routes));
    return file;
  }

  @Test
  void theExampleDoesWhatItSays() throws Exception {
    try (var shop = RawOrigin.start();
        var next = RawOrigin.start();
        var acme = RawOrigin.start();
        var legacy = RawOrigin.start()) {
      var file = directory.resolve("passthrough.yaml");
      String text =
          Files.readString(Path.of("../examples/tls-passthrough.yaml"))
              .replace("port: 443\n", "port: " + port + "\n      address: 127.0.0.1\n")
              .replace("weight: 95", "weight: 1")
              .replace("weight: 5", "weight: 0")
              .replaceAll(
                  "(    - name: [a-z-]+\n)(      endpoints)", "$1      " + Yaml.UNCHECKED + "\n$2");
      var origins = List.of(shop, next, acme, legacy);
      var addresses = List.of(100, 101, 110, 120);
      for (int i = 0; i < origins.size(); i++) {
        text =
            text.replace(
                "192.168.1.%d, port: 443".formatted(addresses.get(i)),
                "127.0.0.1, port: " + origins.get(i).port());
      }
      Files.writeString(file, text);
      try (var proxy = ProxyProcess.config(file).start()) {
        reaches(shop, Hello.of("shop.example.com", "h2", "http/1.1"));
        reaches(shop, Hello.of("a.b.shop.example.com"));
        reaches(acme, Hello.of("shop.example.com", "acme-tls/1"));
        reaches(shop, Hello.of("x.shop.example.com", "acme-tls/1"));
        reaches(legacy, Hello.of("example.com"));
        reaches(legacy, Hello.of(null));
        reaches(legacy, "SSH-2.0-old\r\n".getBytes(StandardCharsets.US_ASCII));
        assertTrue(proxy.alive());
      }
    }
  }

  @Test
  void aHelloIsReadHoweverItIsCut() throws Exception {
    try (var shop = RawOrigin.start();
        var other = RawOrigin.start()) {
      byte[] hello = Hello.of("shop.example.com");
      try (var proxy = routed(shop, other, "30s")) {
        for (int size : List.of(1, 7, 100)) {
          reaches(shop, Hello.inRecords(hello, size));
        }
        try (var wire = Wire.connect(port)) {
          for (byte one : hello) {
            wire.send(new byte[] {one});
          }
          try (var to = shop.accept()) {
            assertEquals(hello.length, to.read(hello.length).length());
          }
        }
        assertTrue(proxy.alive());
      }
    }
  }

  /// `shop.example.com` and names under it; no default pool.
  ///
  /// @param header how long a ClientHello may take
  private ProxyProcess routed(RawOrigin shop, RawOrigin other, String header) throws IOException {
    return ProxyProcess.config(
            manifest(
                TLS + ", timeouts: {header: %s, idle: 30s}".formatted(header),
                "    - {name: shop, hosts: [shop.example.com], backends: [{pool: shop}]}\n"
                    + "    - {name: none, hosts: [none.example.com], backends: [{pool: shop, weight: 0}]}\n",
                pool("shop", shop),
                pool("other", other)))
        .start();
  }

  @Test
  void whatNothingTakesIsClosedAndCountedByName() throws Exception {
    try (var shop = RawOrigin.start();
        var other = RawOrigin.start()) {
      try (var proxy = routed(shop, other, "3s")) {
        refused(Hello.of("example.com"));
        refused(Hello.of(null));
        counted(proxy, "no_route", 2);
        refused(Hello.of("none.example.com"));
        counted(proxy, "no_endpoint", 1);
        refused("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        counted(proxy, "not_tls", 1);
        byte[] broken = Hello.of("shop.example.com");
        broken[43] = (byte) 0xff;
        refused(broken);
        refused(new byte[] {22, 3, 1, 0, 9, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0});
        counted(proxy, "bad_hello", 2);
        try (var slow = Wire.connect(port)) {
          slow.send(new byte[] {22, 3, 1}).expectClosed();
        }
        counted(proxy, "hello_timeout", 1);
        assertEquals(0, shop.accepted().size() + other.accepted().size());
        Await.until(
            "they are logged",
            () ->
                Files.readAllLines(proxy.accessLog()).stream()
                        .filter(line -> line.contains("\"failure\":\"no_route\""))
                        .count()
                    == 2);
        reaches(shop, Hello.of("shop.example.com"));
      }
    }
  }

  @Test
  void listenersOfSeveralLoadBalancersShareAPortByName() throws Exception {
    try (var one = RawOrigin.start();
        var two = RawOrigin.start()) {
      var file = directory.resolve("weir.yaml");
      String documents =
          Stream.of("one", "two")
              .map(
                  name ->
                      Yaml.loadBalancer(
                          name,
                          List.of(
                              Yaml.listener("tls", port, TLS, "hosts: [%s.test]".formatted(name))),
                          List.of(pool("p", name.equals("one") ? one : two))))
              .reduce("", (a, b) -> a + "---\n" + b);
      ConfigFile.replace(file, documents);
      try (var proxy = ProxyProcess.config(file).start()) {
        reaches(one, Hello.of("one.test"));
        reaches(two, Hello.of("two.test"));
        refused(Hello.of("three.test"));
        counted(proxy, "no_route", 1);
        assertTrue(
            proxy
                .health("/metrics")
                .contains("weir_listener_bound{load_balancer=\"default/two\",listener=\"tls\"} 1"));
      }
    }
  }

  @Test
  void theClientIsWhomAProxyHeaderInFrontNames() throws Exception {
    try (var shop = RawOrigin.start()) {
      var file =
          manifest(
              TLS + ", proxyProtocol: {accept: Required, from: [127.0.0.0/8]}",
              "    - {name: shop, hosts: [shop.test], backends: [{pool: shop}]}\n",
              pool("shop", shop));
      try (var proxy = ProxyProcess.config(file).start()) {
        byte[] hello = Hello.of("shop.test");
        try (var wire = Wire.connect(port)) {
          wire.send("PROXY TCP4 192.0.2.7 198.51.100.1 5555 443\r\n").send(hello);
          try (var to = shop.accept()) {
            assertArrayEquals(hello, to.read(hello.length).getBytes(StandardCharsets.ISO_8859_1));
          }
        }
        Await.until(
            "it is logged",
            () -> Files.readString(proxy.accessLog()).contains("\"client\":\"192.0.2.7"));
      }
    }
  }

  @Test
  void clientAndEndpointSpeakTlsWithOneAnother() throws Exception {
    Authority authority = Authority.named("weir test");
    byte[] payload = new byte[4 * 1024 * 1024];
    new Random(5).nextBytes(payload);
    try (var a = new Endpoint(authority, "a.test", payload);
        var b = new Endpoint(authority, "b.test", payload)) {
      var file =
          manifest(
              TLS,
              "    - {name: a, hosts: [a.test], backends: [{pool: a}]}\n"
                  + "    - {name: b, hosts: [\"*.test\"], backends: [{pool: b}]}\n",
              Yaml.pool("a", List.of(Yaml.endpoint(a.port())), Yaml.UNCHECKED),
              Yaml.pool("b", List.of(Yaml.endpoint(b.port())), Yaml.UNCHECKED));
      try (var proxy = ProxyProcess.config(file).start()) {
        for (String name : List.of("a.test", "b.test")) {
          try (var wire = Wire.connect(port, authority.trusting(), name)) {
            var got = new ByteArrayOutputStream();
            wire.input().transferTo(got);
            assertArrayEquals(payload, got.toByteArray());
          }
        }
        assertTrue(proxy.alive());
      }
    }
  }

  /// Ends TLS for one name and sends everybody the same.
  private static final class Endpoint implements AutoCloseable {
    private final SSLServerSocket socket;

    Endpoint(Authority authority, String name, byte[] payload) throws Exception {
      var context = SSLContext.getInstance("TLS");
      context.init(authority.server(name).toKeyManagerFactory().getKeyManagers(), null, null);
      socket =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(() -> serve(payload));
    }

    int port() {
      return socket.getLocalPort();
    }

    private void serve(byte[] payload) {
      while (!socket.isClosed()) {
        try (var client = (SSLSocket) socket.accept()) {
          client.getOutputStream().write(payload);
        } catch (IOException e) {
          // The client or the test is gone.
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
