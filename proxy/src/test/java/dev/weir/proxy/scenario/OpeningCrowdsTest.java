package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Bystanders;
import dev.weir.proxy.testkit.Crowd;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.PrometheusPage;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Crowds that begin what comes before a protocol and do not finish it: TLS that the proxy ends,
/// TLS that passes through, PROXY headers. They hold what they sent and no more, reach no origin,
/// and others are served meanwhile.
class OpeningCrowdsTest {
  private static final int COUNT = 1000;
  private static final int KIB = 1024;

  /// In what sizes network buffers come from the system, in bytes.
  private static final long CHUNK = 4L << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// What docs/reference/limits.md promises for a connection that is in an opening, in bytes.
  private static final int EACH = 64 * KIB;

  @TempDir private Path directory;
  private final int others = Ports.free();
  private Origin origin;
  private Origin spare;
  private ProxyProcess proxy;

  /// Where a crowd goes, and what it says.
  private enum Opening {
    TLS,
    PASSTHROUGH,
    PROXY;

    private final int port = Ports.free();

    /// The first bytes of something of that length, in ISO-8859-1.
    ///
    /// @param length without the header that says it
    /// @param sent how much of it
    private String first(int length, int sent) {
      byte[] start =
          this == PROXY
              ? HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111%04x".formatted(length))
              : HexFormat.of().parseHex("160301%04x01%06x".formatted(sent + 4, length));
      return new String(start, StandardCharsets.ISO_8859_1) + "\3".repeat(sent);
    }
  }

  @BeforeEach
  void start() throws Exception {
    origin = Origin.start("origin");
    spare = Origin.start("spare");
    Authority.write(directory.resolve("a.pem"), Authority.named("weir test").server("a.weir.test"));
    Path file = directory.resolve("web.yaml");
    String header = "timeouts: {header: 9s}";
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener(
                    "tls",
                    Opening.TLS.port,
                    header,
                    "defaultPool: web",
                    "tls: {certificates: [{file: {certificate: a.pem}}]}"),
                Yaml.listener(
                    "passthrough",
                    Opening.PASSTHROUGH.port,
                    header,
                    "defaultPool: web",
                    "protocol: TCP",
                    "tls: {mode: Passthrough}"),
                Yaml.listener(
                    "proxy",
                    Opening.PROXY.port,
                    header,
                    "defaultPool: web",
                    "proxyProtocol: {accept: Required, from: [127.0.0.0/8]}"),
                Yaml.listener("others", others, "defaultPool: spare")),
            List.of(
                Yaml.pool("web", Yaml.UNCHECKED, origin),
                Yaml.pool("spare", Yaml.UNCHECKED, spare))));
    proxy =
        ProxyProcess.config(file)
            .loops(1)
            .heap("96m")
            .flags("--max-connections", "4000")
            .jvm("-Dio.netty.leakDetection.level=simple")
            .start();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    origin.close();
    spare.close();
  }

  @ParameterizedTest
  @EnumSource
  void whatAnnouncesMoreThanIsAllowedIsEndedAtOnceWithoutRoomForIt(Opening opening)
      throws Exception {
    int announced = opening == Opening.PROXY ? 0xffff : 0xffffff;
    long peak = proxy.peakMemory();
    try (var load = LoadClient.on(others).keepAlive(2, "/", Duration.ofMillis(10));
        var crowd = Crowd.of(COUNT, opening.port, opening.first(announced, 0), 0)) {
      crowd.awaitEnded(Duration.ofSeconds(8), "");
      long grown = proxy.peakMemory() - peak;
      assertTrue(grown < 32L * KIB * KIB, () -> grown + " bytes");
      load.stopFlawless(1);
    }
    assertEquals(0, origin.accepted());
    assertFalse(proxy.logged("Exception"), proxy::describe);
  }

  @ParameterizedTest
  @EnumSource
  void whatStopsShortHoldsWhatWasSentUntilItsDeadline(Opening opening) throws Exception {
    int sent = 15 * KIB;
    wave(opening, sent, false);
    long kept = held();
    long peak = wave(opening, sent, true) - kept;
    assertTrue(peak <= (long) COUNT * EACH, () -> peak + " bytes for " + COUNT + " connections");
    Await.until("little is left", () -> held() - kept < 2 * CHUNK);
    assertEquals(0, origin.accepted());
  }

  /// Lets a crowd in and waits until it is gone.
  ///
  /// @param patient whether it stays until the proxy ends it
  /// @return bytes of live objects and of buffers while it was there
  private long wave(Opening opening, int sent, boolean patient) throws Exception {
    long most;
    try (var load = Bystanders.start(proxy, others, spare, 2, Duration.ofMillis(10));
        var crowd = Crowd.of(COUNT, opening.port, opening.first(sent + 100, sent), 0)) {
      Await.until("all are in", () -> connections() >= COUNT);
      most = held();
      if (patient) {
        crowd.awaitEnded(PATIENCE, "");
      }
      load.stopServed(1, Duration.ofSeconds(1));
    }
    Await.until("nothing is left", () -> connections() < 10);
    return most;
  }

  @Test
  void whatDripsEndsByTheDeadlineToo() throws Exception {
    String hello = Opening.PASSTHROUGH.first(5000, 0);
    try (var crowd = Crowd.of(200, Opening.TLS.port, hello.substring(0, 3), 0);
        var other = Crowd.of(200, Opening.PROXY.port, "PROXY TCP4 1", 0)) {
      crowd.awaitEnded(PATIENCE, "\0");
      other.awaitEnded(PATIENCE, "1");
    }
    assertEquals(0, origin.accepted());
  }

  private double connections() throws IOException {
    return metrics().value("weir_connections");
  }

  /// Bytes of live objects and of buffers.
  private long held() throws IOException, InterruptedException {
    proxy.collectGarbage();
    var page = metrics();
    return (long)
        (page.value("jvm_memory_used_bytes{area=\"heap\"}")
            + page.value("weir_direct_memory_used_bytes"));
  }

  private PrometheusPage metrics() throws IOException {
    return PrometheusPage.parse(proxy.health("/metrics"));
  }
}
