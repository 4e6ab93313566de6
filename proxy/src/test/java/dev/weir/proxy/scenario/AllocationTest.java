package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.Http2Wire;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.RawOrigin;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A warm request on a kept connection leaves no garbage: neither on its event loop nor with the
/// writer of access logs. Measured by the JVM, which counts what each thread allocates.
///
/// Leak detection is off, since it makes objects of its own, and the JVM compiles as it does for
/// users.
class AllocationTest {
  private static final int WARM = 4_000;

  /// What a connection's own beginnings need.
  private static final int FIRST = 50;

  /// In bytes for each request. What is left is not for requests: timers that look at the clock
  /// twenty times a second, dates of log lines and the watch of the loops once a second; see
  /// `docs/reference/metrics.md`.
  private static final double ALLOWED = 8;

  private static final String EDITS =
      "requestHeaders: {set: [{name: X-Client, value: '%{client.address}:%{client.port}'},"
          + " {name: X-Request-Id, value: '%{request.id}'}], remove: [X-Debug]},"
          + " responseHeaders: {add: [{name: X-By, value: '%{endpoint}'}]}";

  private static final String LOOP = "weir_loop_allocated_bytes_total{loop=\"0\"} ";
  private static final String WRITER = "weir_access_log_allocated_bytes_total ";

  /// One kind of request.
  ///
  /// @param format of the listener's log; `edits` for the listener that edits headers
  /// @param count how many are measured
  private record Kind(String format, int count, String request, String body) {
    byte[] bytes() {
      var length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
      return (request + " HTTP/1.1\r\nHost: weir.test\r\nAccept: */*\r\n" + length + "\r\n" + body)
          .getBytes(StandardCharsets.US_ASCII);
    }
  }

  private static final List<Kind> KINDS =
      List.of(
          new Kind("HTTPLog", 5_000, "GET /small", ""),
          new Kind("JSON", 5_000, "GET /small", ""),
          new Kind("None", 5_000, "GET /small", ""),
          new Kind("HTTPLog", 5_000, "POST /small", "body"),
          new Kind("HTTPLog", 5_000, "GET /bytes/16384", ""),
          new Kind("JSON", 5_000, "GET /chunked/5000", ""),
          new Kind("edits", 5_000, "GET /small", ""));

  /// Requests that are measured.
  @FunctionalInterface
  private interface Work {
    void run(int round) throws IOException;
  }

  /// Bytes for each request, on the loop and in the log's writer.
  private record Spent(double loop, double line) {
    private static final int ROUNDS = 10;

    /// The first of ten rounds that is small enough: on a busy machine requests take longer, and
    /// what comes with time is counted to fewer of them, and the compiler is late, which makes
    /// objects vanish. What a request leaves behind it leaves in every round.
    static Spent by(Work work, int count, ProxyProcess proxy) throws IOException {
      Spent spent = null;
      for (int round = 0; round < ROUNDS && (spent == null || spent.much()); round++) {
        long loop = metric(proxy, LOOP);
        long line = metric(proxy, WRITER);
        work.run(round);
        double perLoop = (metric(proxy, LOOP) - loop) / (double) count;
        spent = new Spent(perLoop, (metric(proxy, WRITER) - line) / (double) count);
      }
      return Objects.requireNonNull(spent);
    }

    boolean much() {
      return loop > ALLOWED || line > ALLOWED;
    }

    @Override
    public String toString() {
      return "%.2f bytes a request on the loop, %.2f in the log's writer".formatted(loop, line);
    }
  }

  @TempDir Path directory;

  @Test
  void aWarmRequestLeavesNoGarbage() throws Exception {
    var ports = new HashMap<String, Integer>();
    try (var origin = Origin.start("s1");
        var proxy = start(origin, ports)) {
      for (var kind : KINDS) {
        try (var client = connect(ports, kind)) {
          requests(client, kind, WARM);
        }
      }
      var problems = new ArrayList<String>();
      for (var kind : KINDS) {
        try (var client = connect(ports, kind)) {
          measure(proxy, client, kind, problems);
        }
      }
      assertEquals(List.of(), problems);
    }
  }

  @Test
  void aWarmRequestOfHttp2LeavesNoGarbage() throws Exception {
    var ports = new HashMap<String, Integer>();
    try (var origin = Origin.start("s1");
        var proxy = start(origin, ports)) {
      var problems = new ArrayList<String>();
      var targets = List.of("/small", "/bytes/16384", "/chunked/5000");
      for (String target : targets) {
        try (var client = Http2Client.connect(ports.getOrDefault("HTTPLog", 0))) {
          requests(client, target, 0, WARM);
        }
      }
      for (String target : targets) {
        try (var client = Http2Client.connect(ports.getOrDefault("HTTPLog", 0))) {
          requests(client, target, 0, FIRST);
          Work work = round -> requests(client, target, FIRST + round * 5_000, 5_000);
          var spent = Spent.by(work, 5_000, proxy);
          report(target + " of HTTP/2: " + spent, spent, problems);
        }
      }
      assertEquals(List.of(), problems);
    }
  }

  @Test
  void aWarmRequestToAnOriginOfHttp2LeavesNoGarbage() throws Exception {
    int port = Ports.free();
    try (var listening = RawOrigin.start()) {
      var text =
          Yaml.loadBalancer(
              "web",
              List.of(Yaml.listener("http", port, "accessLog: {format: HTTPLog}")),
              List.of(
                  Yaml.pool(
                      "web",
                      List.of(Yaml.endpoint(listening.port())),
                      "protocol: HTTP2",
                      Yaml.UNCHECKED)));
      var file = Files.writeString(directory.resolve("h2.yaml"), text);
      var kind = new Kind("HTTPLog", 5_000, "POST /small", "body");
      try (var proxy = start(file);
          var client = Wire.connect(port)) {
        var answering = Thread.ofVirtual().start(() -> answer(listening));
        requests(client, kind, WARM);
        var spent = Spent.by(round -> requests(client, kind, kind.count()), kind.count(), proxy);
        var problems = new ArrayList<String>();
        report("to an origin of HTTP/2: " + spent, spent, problems);
        assertEquals(List.of(), problems);
        answering.interrupt();
      }
    }
  }

  /// Answers whatever comes on one connection with a head, a body and trailers.
  private static void answer(RawOrigin listening) {
    try (var to = Http2Wire.accept(listening.accept())) {
      while (true) {
        var frame = to.read();
        if (frame.end() && frame.type() <= Http2Wire.HEADERS) {
          int stream = frame.stream();
          to.headers(stream, false, ":status: 200", "content-length: 5", "x-some: field");
          to.widen(0, 100).data(stream, false, "hello").headers(stream, true, "x-sum: 5");
        }
      }
    } catch (IOException done) {
      // The proxy is gone.
    }
  }

  private static void requests(Http2Client client, String target, int before, int count)
      throws IOException {
    for (var i = before; i < before + count; i++) {
      client.get(2 * i + 1, target).response(2 * i + 1);
    }
  }

  private static void measure(ProxyProcess proxy, Wire client, Kind kind, List<String> problems)
      throws IOException {
    requests(client, kind, FIRST);
    var spent = Spent.by(round -> requests(client, kind, kind.count()), kind.count(), proxy);
    report(kind.request() + ", log " + kind.format() + ": " + spent, spent, problems);
  }

  private static void report(String found, Spent spent, List<String> problems) {
    System.out.println(found);
    if (spent.much()) {
      problems.add(found);
    }
  }

  private static Wire connect(Map<String, Integer> ports, Kind kind) throws IOException {
    return Wire.connect(ports.getOrDefault(kind.format(), 0));
  }

  /// Starts a proxy with a listener for each format, whose port it tells.
  private ProxyProcess start(Origin origin, Map<String, Integer> ports) throws IOException {
    var listeners = new ArrayList<String>();
    for (var format : List.of("JSON", "HTTPLog", "None")) {
      var port = Ports.free();
      ports.put(format, port);
      var log = "accessLog: {format: " + format + "}";
      listeners.add(Yaml.listener(format.toLowerCase(Locale.ROOT), port, log));
    }
    var edited = Ports.free();
    ports.put("edits", edited);
    listeners.add(Yaml.listener("edits", edited, EDITS));
    var pools = List.of(Yaml.pool("web", Yaml.UNCHECKED, origin));
    var file = directory.resolve("weir.yaml");
    Files.writeString(file, Yaml.loadBalancer("web", listeners, pools));
    return start(file);
  }

  private static ProxyProcess start(Path file) throws IOException {
    return ProxyProcess.config(file)
        .loops(1)
        .jvm("-XX:TieredStopAtLevel=4", "-Dio.netty.leakDetection.level=disabled")
        .start();
  }

  private static void requests(Wire client, Kind kind, int count) throws IOException {
    var bytes = kind.bytes();
    for (var i = 0; i < count; i++) {
      client.send(bytes).readResponse();
    }
  }

  private static long metric(ProxyProcess proxy, String sample) throws IOException {
    return proxy
        .health("/metrics")
        .lines()
        .filter(line -> line.startsWith(sample))
        .mapToLong(line -> Long.parseLong(line.substring(sample.length())))
        .findFirst()
        .orElseThrow();
  }
}
