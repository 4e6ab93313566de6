package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Bystanders;
import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.TestInfo;

/// A proxy with one loop that is attacked over HTTP/2, and what that may cost: memory of the
/// process, requests at the origin, time of others, who use another listener of the same loop.
///
/// With `-Dweir.flood.seconds` each attack is repeated for that long, on new connections, and what
/// it cost becomes a line of `target/flood.txt`.
final class Http2Siege implements AutoCloseable {
  /// Requests that a connection may have open.
  static final int STREAMS = 16;

  /// Requests that a connection may give up at once.
  static final int RESETS = 200;

  static final byte[] NOTHING = {};

  /// What all attacks of a test together may make the process larger, in bytes.
  private static final long MEMORY = 48L << 20;

  private static final long SECONDS = Long.getLong("weir.flood.seconds", 0);
  private static final Duration PATIENCE = Duration.ofSeconds(SECONDS > 0 ? 10 : 1);
  private static final int LEAST = 5;

  /// Longer where many attack at once, and an attacker may itself be kept waiting: who says nothing
  /// for that long is no attack, but a client that is told goodbye.
  private static final String IDLE = SECONDS > 0 ? "5s" : "1s";

  private static final String HEADER = "6s";

  private final String name;
  private final int port = Ports.free();
  private final Origin origin;
  private final Origin spare;
  private final ProxyProcess proxy;
  private final Bystanders others;

  private Http2Siege(String name, Path directory, String pool) throws IOException {
    this.name = name;
    this.origin = Origin.start("attacked");
    this.spare = Origin.start("spare");
    int quiet = Ports.free();
    Path file = directory.resolve("weir.yaml");
    Files.writeString(
        file,
        Yaml.loadBalancer(
            "web",
            List.of(
                Yaml.listener(
                    "http",
                    port,
                    "limits: {streams: " + STREAMS + "}",
                    "timeouts: {idle: %s, header: %s}".formatted(IDLE, HEADER),
                    "accessLog: {format: None}",
                    "defaultPool: web"),
                Yaml.listener("others", quiet, "defaultPool: spare")),
            List.of(
                Yaml.pool("web", Yaml.endpoints(origin), Yaml.UNCHECKED, pool),
                Yaml.pool("spare", Yaml.UNCHECKED, spare))));
    this.proxy = ProxyProcess.config(file).loops(1).heap("48m").start();
    this.others = Bystanders.start(proxy, quiet, spare, 2, Duration.ofMillis(20));
  }

  /// Starts everything.
  ///
  /// @param name what the attack is called in the report
  static Http2Siege start(String name, Path directory) throws IOException {
    return start(name, directory, "balance: {algorithm: RoundRobin}");
  }

  /// As above, with a field of the pool.
  static Http2Siege start(String name, Path directory, String pool) throws IOException {
    return new Http2Siege(name, directory, pool);
  }

  /// What the attack of a test is called.
  static String name(TestInfo test) {
    String method = test.getTestMethod().orElseThrow().getName();
    String display = test.getDisplayName();
    return display.startsWith(method) ? method : method + " " + display;
  }

  /// A client that misbehaves until it is stopped.
  interface Attack {
    /// Returns the error of the GOAWAY that ends it, -1 for none.
    int run() throws Exception;
  }

  /// Something that a test does again and again.
  interface Step {
    void run() throws Exception;
  }

  /// Repeats an attack that must end with this error.
  ///
  /// @param work requests that may reach the origin each time without being answered in full
  void stopped(int error, int work, Attack attack) throws Exception {
    withstands(work, () -> assertEquals(error, attack.run()));
  }

  /// Repeats an attack and sees that it costs no more than it may.
  ///
  /// @param work as above
  void withstands(int work, Step attack) throws Exception {
    attack.run();
    long started = System.nanoTime();
    long before = proxy.residentMemory();
    long peak = proxy.peakMemory();
    others.took();
    int times = 1;
    while (times <= LEAST || System.nanoTime() - started < SECONDS * 1_000_000_000L) {
      attack.run();
      times++;
    }
    Await.until("others are served", () -> others.served() > 0);
    long after = proxy.residentMemory();
    long grown = proxy.peakMemory() - peak;
    var took = others.took();
    if (SECONDS > 0) {
      report(
          "%s: %d times in %d s; resident %d MiB, then %d, at most %d; others: %d requests, %s\n"
              .formatted(
                  name,
                  times,
                  (System.nanoTime() - started) / 1_000_000_000L,
                  before >> 20,
                  after >> 20,
                  proxy.peakMemory() >> 20,
                  others.served(),
                  took));
    }
    assertTrue(grown < MEMORY, () -> "the proxy grew by " + (grown >> 20) + " MiB");
    assertWork(times * (long) work);
    took.require(PATIENCE);
    others.requireFlawless();
    assertFalse(proxy.logged("Exception"), proxy::describe);
  }

  private void assertWork(long allowed) {
    Await.until("the origin is idle", Duration.ofSeconds(40), () -> origin.inFlight() == 0);
    // Requests are counted when their responses are on their way already.
    Await.until(
        "no more than " + allowed + " requests for nothing",
        () -> {
          long work = origin.requests() - answered();
          assertTrue(work <= allowed, () -> work + " requests for nothing");
          return true;
        });
  }

  /// Requests that were answered in full: an attacker may have as many as anybody.
  private long answered() throws IOException {
    return proxy
        .health("/metrics")
        .lines()
        .filter(line -> line.startsWith("weir_listener_requests_total{"))
        .filter(line -> line.contains("\"http\"") && line.contains("\"2xx\""))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static void report(String line) throws IOException {
    Files.writeString(
        Path.of("target", "flood.txt"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /// A client of the listener that is attacked.
  Http2Client connect(int... settings) throws IOException {
    return Http2Client.connect(port, settings).patience(Duration.ofSeconds(SECONDS > 0 ? 30 : 10));
  }

  Origin origin() {
    return origin;
  }

  ProxyProcess proxy() {
    return proxy;
  }

  /// Sends the same bytes until the connection breaks or enough were sent, and returns what the
  /// GOAWAY said.
  static int flood(Http2Client client, byte[] bytes, int times) {
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < times; i++) {
                      client.wire().send(bytes);
                    }
                  } catch (IOException stopped) {
                    return;
                  }
                });
    int code = client.untilClosed();
    sender.interrupt();
    return code;
  }

  /// A frame many times over.
  static byte[] many(byte[] frame, int times) {
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      all.writeBytes(frame);
    }
    return all.toByteArray();
  }

  /// The frame of a GET.
  static byte[] request(Http2Client client, int stream, boolean end) throws IOException {
    return Http2Client.bytes(
        Http2Client.HEADERS,
        Http2Client.END_HEADERS | (end ? Http2Client.END_STREAM : 0),
        stream,
        client.block(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a"));
  }

  /// Sees that the listener that was attacked serves, and ends everything.
  @Override
  public void close() throws IOException {
    try (proxy;
        origin;
        spare;
        var client = connect()) {
      origin.handler(Origin::answer);
      assertEquals(200, client.get(1, "/").response(1).status());
    } finally {
      stop(others);
    }
  }

  private static void stop(Bystanders load) {
    try {
      load.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
