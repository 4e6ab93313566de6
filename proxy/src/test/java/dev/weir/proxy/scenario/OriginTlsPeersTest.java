package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.OpenSsl;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS with endpoints by another library, and with a server of another one.
class OriginTlsPeersTest {
  private static final String ADDRESS = "127.0.0.1";
  private static Authority ca;
  private static Authority other;

  @TempDir Path directory;
  private final List<String> listeners = new ArrayList<>();
  private final List<String> pools = new ArrayList<>();

  @BeforeAll
  static void found() throws Exception {
    ca = Authority.named("the right one");
    other = Authority.named("another one");
  }

  /// A listener with a pool of its own; returns its port.
  private int lane(String name, int endpoint, String tls) throws IOException {
    int port = Ports.free();
    listeners.add(Yaml.listener(name, port, "defaultPool: " + name));
    String endpoints = Yaml.endpoint(endpoint);
    pools.add(Yaml.pool(name, List.of(endpoints), tls, Yaml.UNCHECKED, "retry: {attempts: 0}"));
    return port;
  }

  private static String tls(String more) {
    return "tls: {ca: {file: {certificates: ca.pem}}, %s}".formatted(more);
  }

  private Path manifest() throws IOException {
    ConfigFile.replace(directory.resolve("ca.pem"), ca.pem());
    Path file = directory.resolve("weir.yaml");
    ConfigFile.replace(file, Yaml.loadBalancer("web", listeners, pools));
    return file;
  }

  @Test
  void theJdksOwnTlsDoesTheSame() throws Exception {
    Path mine = Authority.write(directory.resolve("mine.pem"), ca.client("CN=weir"));
    try (var good =
            Origin.startTls("good", Authority.serving(ca.server("origin.test", ADDRESS), ca));
        var foreign = Origin.startTls("foreign", Authority.serving(other.server("origin.test")))) {
      good.handler(
          call -> call.reply(200, ((SSLSocket) call.wire().socket()).getSession().getProtocol()));
      String shown = "certificate: {file: {certificate: %s}}".formatted(mine);
      int right = lane("right", good.port(), tls("serverName: origin.test, " + shown));
      int newest =
          lane("newest", good.port(), tls("serverName: origin.test, minVersion: TLS13, " + shown));
      int strange = lane("strange", foreign.port(), tls("serverName: origin.test"));
      int wrongName = lane("wrongname", good.port(), tls("serverName: other.test, " + shown));
      int anybody = lane("anybody", foreign.port(), "tls: {verify: false}");
      try (var proxy =
          ProxyProcess.config(manifest()).jvm("-Dio.netty.handler.ssl.noOpenSsl=true").start()) {
        proxy.awaitLogged("BoringSSL cannot be used, the JDK's TLS is");
        assertEquals("TLSv1.3", LoadClient.fetch(right, "/"));
        assertEquals("TLSv1.3", LoadClient.fetch(newest, "/"));
        assertEquals("foreign", LoadClient.fetch(anybody, "/"));
        for (int port : List.of(strange, wrongName)) {
          try (var wire = Wire.connect(port)) {
            assertEquals(5, wire.get("/").readResponse().status() / 100);
          }
        }
      }
    }
  }

  @Test
  void opensslsServerIsAnOrigin() throws Exception {
    OpenSsl.needed();
    Path pem = Authority.write(directory.resolve("server.pem"), ca.server("origin.test"));
    Path mine = Authority.write(directory.resolve("mine.pem"), ca.client("CN=weir"));
    ConfigFile.replace(directory.resolve("ca.pem"), ca.pem());
    int port = Ports.free();
    Process server =
        new ProcessBuilder(
                "openssl",
                "s_server",
                "-accept",
                "127.0.0.1:" + port,
                "-cert",
                pem.toString(),
                "-key",
                pem.toString(),
                "-CAfile",
                directory.resolve("ca.pem").toString(),
                "-Verify",
                "1",
                "-www")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("openssl.log").toFile())
            .start();
    try {
      int lane =
          lane(
              "openssl",
              port,
              tls(
                  "serverName: origin.test, certificate: {file: {certificate: %s}}"
                      .formatted(mine)));
      int bare = lane("bare", port, tls("serverName: origin.test"));
      Await.until("it listens", () -> listens(port));
      try (var _ = ProxyProcess.config(manifest()).start()) {
        for (String expected : List.of("New, TLSv1.3", "Reused, TLSv1.3")) {
          Await.until(
              expected,
              () -> {
                try (var wire = Wire.connect(lane)) {
                  return wire.get("/").readResponse().body().contains(expected);
                }
              });
        }
        try (var wire = Wire.connect(bare)) {
          assertEquals(5, wire.get("/").readResponse().status() / 100);
        }
      }
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  private static boolean listens(int port) {
    try (var wire = Wire.connect(port)) {
      return wire.socket().isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
