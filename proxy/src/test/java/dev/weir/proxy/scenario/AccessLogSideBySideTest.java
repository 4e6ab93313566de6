package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Call;
import dev.weir.proxy.testkit.Halog;
import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.HttpLogLine;
import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same `haproxy.cfg`, the same traffic, at the same time, through HAProxy and through Weir:
/// their access logs must say the same, and halog must read both.
class AccessLogSideBySideTest {
  private static final int FRONTENDS = 7;

  /// How far timers may be apart, in milliseconds: Weir's deadlines are met up to 50 ms late, and
  /// the machine is busy.
  private static final long TOLERANCE = 250;

  private static final long HEAD_BYTES = 64;

  /// How often both do everything before a difference counts.
  private static final int RUNS = 4;

  /// A client lost its connection, so that the lines after it are others.
  private static final String CUT = "cut";

  /// Status and termination of ours where they differ.
  private static final Map<String, String> DIFFERENT =
      Map.of(
          // A client that resets its connection before there is a response gets none, so none is
          // logged. HAProxy logs a 400 that it did not send or waits for the response, as it
          // happens to look at the client.
          "GET /sleep/400?reset HTTP/1.1", "-1 CH--",
          // HAProxy answers 400 to a body that stalls, its manual has 408, and so has Weir.
          "POST /echo?slow HTTP/1.1", "408 cH--");

  @TempDir Path directory;

  private static String config(int[] ports, Path socket, Origin s1, Origin s2, int dead) {
    return """
        global
            log stdout format raw local0
            stats socket %1$s
        defaults
            log global
            mode http
            option httplog
            option dontlognull
            retries 3
            timeout connect 1s
            timeout client 1500ms
            timeout server 1500ms
            timeout queue 300ms
            timeout http-request 800ms
        frontend web
            bind 127.0.0.1:%2$d
            default_backend apps
        frontend dead
            bind 127.0.0.1:%3$d
            default_backend down
        frontend half
            bind 127.0.0.1:%4$d
            default_backend mixed
        frontend none
            bind 127.0.0.1:%5$d
            default_backend empty
        frontend busy
            bind 127.0.0.1:%6$d
            default_backend one
        listen tcp
            mode tcp
            option tcplog
            bind 127.0.0.1:%7$d
            server t1 127.0.0.1:%9$d
        listen refused
            mode tcp
            option tcplog
            no option dontlognull
            retries 0
            bind 127.0.0.1:%8$d
            server t1 127.0.0.1:%11$d
        backend apps
            server s1 127.0.0.1:%9$d
            server s2 127.0.0.1:%10$d
        backend down
            server s1 127.0.0.1:%11$d
        backend mixed
            option redispatch 1
            server s1 127.0.0.1:%11$d
            server s2 127.0.0.1:%9$d
        backend empty
        backend one
            server s1 127.0.0.1:%9$d maxconn 1
        """
        .formatted(
            socket, ports[0], ports[1], ports[2], ports[3], ports[4], ports[5], ports[6], s1.port(),
            s2.port(), dead);
  }

  /// What the servers do, by path; [Origin] knows the rest.
  private static void answer(Call call) throws IOException, InterruptedException {
    switch (call.path()) {
      case "/close" -> call.wire().close();
      case "/nonsense" -> {
        call.wire().send("HELLO\r\n\r\n");
        call.wire().close();
      }
      case "/cut" -> {
        partly(call);
        call.wire().close();
      }
      case "/stall" -> {
        partly(call);
        TimeUnit.SECONDS.sleep(4);
      }
      case "/hang" -> TimeUnit.SECONDS.sleep(4);
      default -> Origin.answer(call);
    }
  }

  private static void partly(Call call) throws IOException {
    var out = call.begin(200, 100);
    out.write("0123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    out.flush();
  }

  /// One proxy with its servers.
  ///
  /// @param connections of clients that are open
  private record Side(
      int[] ports, Origin s1, Origin s2, Callable<Long> connections, Callable<List<String>> log) {

    /// Sends a request on a connection of its own and reads until the proxy closes or answers.
    void one(int frontend, String target) throws IOException {
      try (var client = Wire.connect(ports[frontend])) {
        client.get(target);
        drain(client);
      }
      settle();
    }

    /// Reads the response, whole or not.
    static void drain(Wire client) {
      try {
        client.readResponse();
      } catch (IOException cut) {
        return;
      }
    }

    /// Waits until the proxy has forgotten everything but what it logged.
    void settle() {
      Await.until("no connections", () -> connections.call() == 0);
    }

    long requests() {
      return s1.requests() + s2.requests();
    }
  }

  /// Both have timers, and a machine that stands still while one of them is at work makes them
  /// differ: what counts is what differs in every run.
  @Test
  void bothLogTheSameAndHalogReadsBoth() throws Exception {
    var program = HaproxyProcess.needed();
    Needs.that(Halog.find() != null, "no halog: apt install haproxy, or bench/peers/peers get");
    var differences = new LinkedHashMap<>(Map.of(CUT, "a client was cut off in every run"));
    for (int run = 0; run < RUNS; run++) {
      var now = differences(program, Files.createDirectory(directory.resolve("run" + run)));
      if (differences.containsKey(CUT)) {
        differences = now;
      } else if (!now.containsKey(CUT)) {
        differences.keySet().retainAll(now.keySet());
      }
      if (differences.isEmpty()) {
        return;
      }
    }
    fail(String.join("\n", differences.values()));
  }

  /// What the logs of one run say differently, by request or report.
  private static LinkedHashMap<String, String> differences(Path program, Path directory)
      throws Exception {
    var dead = Ports.free();
    try (var a1 = Origin.start("s1", AccessLogSideBySideTest::answer);
        var a2 = Origin.start("s2", AccessLogSideBySideTest::answer);
        var b1 = Origin.start("s1", AccessLogSideBySideTest::answer);
        var b2 = Origin.start("s2", AccessLogSideBySideTest::answer)) {
      var theirPorts = ports();
      var ourPorts = ports();
      var socket = directory.resolve("h.sock");
      var theirs = directory.resolve("haproxy.cfg");
      Files.writeString(theirs, config(theirPorts, socket, a1, a2, dead));
      var ours = directory.resolve("weir-haproxy.cfg");
      Files.writeString(ours, config(ourPorts, directory.resolve("w.sock"), b1, b2, dead));
      try (var haproxy = HaproxyProcess.start(program, theirs, socket);
          var weir = ProxyProcess.config(ours).loops(1).start();
          var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var left = new Side(theirPorts, a1, a2, () -> sessions(haproxy), haproxy::lines);
        var right =
            new Side(
                ourPorts,
                b1,
                b2,
                () -> connections(weir),
                () -> Files.readAllLines(weir.accessLog()));
        var first = threads.submit(() -> traffic(left));
        var second = threads.submit(() -> traffic(right));
        var differences = compare(logged(first.get()), logged(second.get()));
        halog(directory, weir.accessLog(), haproxy.log(), differences);
        return differences;
      } catch (ExecutionException cut) {
        return new LinkedHashMap<>(Map.of(CUT, "a client was cut off: " + cut.getCause()));
      }
    }
  }

  private static int[] ports() throws IOException {
    var ports = new int[FRONTENDS];
    for (int i = 0; i < ports.length; i++) {
      ports[i] = Ports.free();
    }
    return ports;
  }

  private static long sessions(HaproxyProcess haproxy) throws IOException {
    return haproxy
        .ask("show info")
        .lines()
        .filter(line -> line.startsWith("CurrConns: "))
        .mapToLong(line -> Long.parseLong(line.substring(11)))
        .sum();
  }

  private static long connections(ProxyProcess weir) throws IOException {
    return weir.health("/metrics")
        .lines()
        .filter(line -> line.startsWith("weir_connections "))
        .mapToLong(line -> Long.parseLong(line.substring(17)))
        .sum();
  }

  private static Side traffic(Side side) throws Exception {
    ordinary(side);
    for (var target :
        List.of("/status/404", "/status/500", "/q\"uote", "/h#ash", "/u\u00e9", "/a b")) {
      side.one(0, target);
    }
    for (var target : List.of("/nonsense", "/cut", "/stall", "/hang")) {
      side.one(0, target);
    }
    try (var client = Wire.connect(side.ports[0])) {
      client.send("POST /close HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      client.readResponse();
    }
    side.settle();
    side.one(1, "/dead");
    side.one(2, "/half?1");
    side.one(2, "/half?2");
    side.one(3, "/none");
    clients(side);
    queue(side);
    crowd(side);
    try (var client = Wire.connect(side.ports[5])) {
      client.get("/tcp").readResponse();
    }
    side.settle();
    try (var client = Wire.connect(side.ports[6])) {
      client.expectClosed();
    }
    side.settle();
    return side;
  }

  private static void ordinary(Side side) throws IOException {
    try (var client = Wire.connect(side.ports[0])) {
      client.get("/kept?1").readResponse();
      client.get("/kept?2").readResponse();
      client.get("/sleep/100").readResponse();
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
      client.readResponse();
      client.send("HEAD /head-only HTTP/1.1\r\nHost: a\r\n\r\n").readResponse("HEAD");
      client.get("/bytes/100000").readResponse();
      client.get("/chunked/20000").readResponse();
      client.send("GET /old HTTP/1.0\r\nHost: a\r\n\r\n").readResponse();
    }
    side.settle();
  }

  /// Clients that do not behave.
  private static void clients(Side side) throws IOException {
    var before = side.requests();
    var gone = Wire.connect(side.ports[0]).get("/sleep/400?reset");
    Await.until("it waits", () -> side.requests() > before);
    gone.reset();
    side.settle();
    try (var client = Wire.connect(side.ports[0])) {
      client.get("/sleep/200?half").endOutput().readResponse();
    }
    side.settle();
    try (var client = Wire.connect(side.ports[0])) {
      Side.drain(client.send("GARBAGE\r\n\r\n"));
    }
    side.settle();
    try (var client = Wire.connect(side.ports[0])) {
      client.send("GET /left HTTP/1.1\r\nHos").endOutput();
      side.settle();
    }
    try (var client = Wire.connect(side.ports[0])) {
      Side.drain(client.send("GET /late HTTP/1.1\r\nHos"));
    }
    side.settle();
    Wire.connect(side.ports[0]).close();
    try (var client = Wire.connect(side.ports[0])) {
      Side.drain(
          client.send("POST /echo?slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"));
    }
    side.settle();
  }

  /// More requests than the server may have.
  private static void queue(Side side) throws IOException {
    for (var target : List.of("/sleep/100?in", "/sleep/900?in")) {
      var before = side.requests();
      try (var first = Wire.connect(side.ports[4]);
          var second = Wire.connect(side.ports[4])) {
        first.get(target);
        Await.until("it is there", () -> side.requests() > before);
        second.get("/queued?" + target).readResponse();
        first.readResponse();
      }
      side.settle();
    }
  }

  /// Several at once, so that there is something to count.
  private static void crowd(Side side) throws IOException {
    var clients = new ArrayList<Wire>();
    try {
      for (int i = 0; i < 3; i++) {
        var before = side.requests();
        clients.add(Wire.connect(side.ports[0]).get("/sleep/" + (800 - 200 * i)));
        Await.until("it is there", () -> side.requests() > before);
      }
      for (var client : clients.reversed()) {
        client.readResponse();
      }
    } finally {
      for (var client : clients) {
        client.close();
      }
    }
    side.settle();
  }

  private static List<HttpLogLine> logged(Side side) {
    return Await.value(
        "the last line is there",
        Duration.ofSeconds(10),
        () -> {
          var lines =
              side.log.call().stream()
                  .filter(HttpLogLine::matches)
                  .map(HttpLogLine::parse)
                  .toList();
          return lines.stream().anyMatch(line -> line.frontend().equals("refused")) ? lines : null;
        });
  }

  private static LinkedHashMap<String, String> compare(
      List<HttpLogLine> theirs, List<HttpLogLine> ours) {
    var problems = new LinkedHashMap<String, String>();
    if (theirs.size() != ours.size()) {
      problems.put("lines", "HAProxy has " + theirs.size() + " lines, Weir " + ours.size());
    }
    for (int i = 0; i < Math.min(theirs.size(), ours.size()); i++) {
      compare(theirs.get(i), ours.get(i), problems);
    }
    return problems;
  }

  private static void compare(HttpLogLine theirs, HttpLogLine ours, Map<String, String> problems) {
    var different = DIFFERENT.get(theirs.request());
    boolean same =
        comparable(theirs).equals(comparable(ours))
            && (different == null
                ? outcome(theirs).equals(outcome(ours))
                    && timersAgree(theirs, ours)
                    && bytesAgree(theirs, ours)
                : outcome(ours).equals(different));
    if (!same) {
      problems.put(theirs.request(), "HAProxy " + theirs + "\nWeir    " + ours);
    }
  }

  private static String outcome(HttpLogLine line) {
    return line.status() + " " + line.termination();
  }

  private static List<Object> comparable(HttpLogLine line) {
    return List.of(
        line.client(),
        line.frontend(),
        line.backend(),
        line.server(),
        line.connections(),
        line.retries(),
        line.queues(),
        line.request());
  }

  /// HAProxy counts its own form of a head, Weir the bytes on the wire. A reply of the proxy itself
  /// has its own text.
  private static boolean bytesAgree(HttpLogLine theirs, HttpLogLine ours) {
    boolean forwarded = theirs.termination().startsWith("-");
    return !forwarded || Math.abs(theirs.bytes() - ours.bytes()) < HEAD_BYTES;
  }

  private static boolean timersAgree(HttpLogLine theirs, HttpLogLine ours) {
    // HAProxy waits a second before it connects to the same server again, Weir does not
    boolean retried = theirs.retries().equals("3");
    for (int i = 0; i < theirs.timers().size(); i++) {
      long left = theirs.timers().get(i);
      long right = ours.timers().get(i);
      if (left < 0 != right < 0 || !retried && Math.abs(left - right) > TOLERANCE) {
        return false;
      }
    }
    return theirs.timers().size() == ours.timers().size();
  }

  private static void halog(Path directory, Path ours, Path theirs, Map<String, String> problems)
      throws Exception {
    assertEquals(0, Halog.errors(ours));
    var same = comparable(directory.resolve("weir.log"), ours);
    var haproxy = comparable(directory.resolve("their.log"), theirs);
    for (var report : List.of("-srv", "-st", "-tc")) {
      var left = servers(Halog.run(haproxy, report));
      var right = servers(Halog.run(same, report));
      if (!left.equals(right)) {
        problems.put(report, "halog " + report + "\nHAProxy " + left + "\nWeir    " + right);
      }
    }
    for (var report : List.of("-u", "-uc", "-ut", "-pct", "-gt")) {
      var lines = Halog.run(ours, report).lines().toList();
      assertTrue(lines.size() > 1, () -> report + ": " + lines);
    }
  }

  /// The lines of a log that must be equal.
  private static Path comparable(Path target, Path log) throws IOException {
    var lines =
        Files.readAllLines(log).stream()
            .filter(HttpLogLine::matches)
            .filter(line -> DIFFERENT.keySet().stream().noneMatch(line::contains))
            .toList();
    return Files.write(target, lines);
  }

  /// What a report counts, without averages: a server and its requests by class of status, a status
  /// or a termination state and how often.
  private static List<String> servers(String report) {
    return report
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> String.join(" ", Stream.of(line.split(" ")).limit(6).toList()))
        .toList();
  }
}
