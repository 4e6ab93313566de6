package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that end their output and reset the connection later, when nobody reads from them any
/// more: the proxy notices, takes no time for it, and keeps nothing.
class ResetsTest {
  private static final String ASK =
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  private static final String SWITCH =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  private static final int ROUNDS = 20;

  @TempDir private Path directory;
  private final int plain = Ports.free();
  private final int secure = Ports.free();
  private final int tcp = Ports.free();

  /// How a client gets to where bytes pass both ways.
  private interface Way {
    Wire open() throws IOException;
  }

  @Test
  void aHalfClosedConnectionThatIsResetLeavesNothingBehind() throws Exception {
    Authority authority = Authority.named("weir test");
    Authority.write(directory.resolve("a.pem"), authority.server("a.weir.test"));
    String tls = "tls: {certificates: [{file: {certificate: a.pem}}]}";
    Path file = directory.resolve("web.yaml");
    try (var origin = RawOrigin.start()) {
      Files.writeString(
          file,
          Yaml.loadBalancer(
              "web",
              List.of(
                  Yaml.listener("plain", plain),
                  Yaml.listener("secure", secure, tls),
                  Yaml.listener("tcp", tcp, "protocol: TCP")),
              List.of(Yaml.pool("web", List.of(Yaml.endpoint(origin.port())), Yaml.UNCHECKED))));
      var context = authority.trusting();
      try (var proxy = ProxyProcess.config(file).loops(1).start()) {
        passes(proxy, origin, () -> Wire.connect(tcp));
        passes(proxy, origin, () -> Wire.connect(plain).send(ASK));
        passes(proxy, origin, () -> Wire.connect(secure, context, null).send(ASK));
      }
    }
  }

  private static void passes(ProxyProcess proxy, RawOrigin origin, Way way) throws Exception {
    long before = files(proxy);
    for (int i = 0; i < ROUNDS; i++) {
      Wire client = way.open();
      client.send("x");
      Wire server = origin.accept();
      String first = server.read(1);
      if (first.equals("G")) {
        server.readHead();
        server.send(SWITCH);
        client.readHead();
        server.expect("x");
      } else {
        assertEquals("x", first);
      }
      client.endOutput();
      assertEquals("", server.read(1));
      client.reset();
      late(server);
      server.expectClosed();
      server.close();
    }
    Await.until("every file is closed", () -> files(proxy) <= before);
    Await.until(
        "it has nothing to do",
        () -> {
          Duration spent = proxy.cpuTime();
          Thread.sleep(500); // the time in which nothing must happen
          return proxy.cpuTime().minus(spent).toMillis() < 250;
        });
  }

  /// Sends what nobody takes any more, if the proxy has not closed the connection yet.
  private static void late(Wire server) {
    try {
      server.send("late");
    } catch (IOException closed) {
      assertTrue(closed instanceof SocketException, closed::toString);
    }
  }

  private static long files(ProxyProcess proxy) throws IOException {
    try (var all = Files.list(Path.of("/proc/" + proxy.pid() + "/fd"))) {
      return all.count();
    }
  }
}
