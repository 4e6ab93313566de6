package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.HaproxyProcess;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.LoadReport;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Docker example of HAProxy, unchanged but for addresses, run by HAProxy and by Weir at the
/// same time.
class HaproxySideBySideTest {
  /// `inter 2s`, `fall 3`, `rise 2`: so many seconds pass from the death of a server to its
  /// removal, from its return to its use. A check that happens just before the event costs one
  /// interval more than one that happens just behind it.
  private static final Duration REMOVED_FROM = Duration.ofMillis(3900);

  private static final Duration REMOVED_UNTIL = Duration.ofMillis(12000);
  private static final Duration RETURNED_FROM = Duration.ofMillis(1900);
  private static final Duration RETURNED_UNTIL = Duration.ofMillis(10000);
  private static final Duration INTERVAL = Duration.ofSeconds(2);
  @TempDir Path directory;

  private static String example(int port, Path socket, Origin s1, Origin s2) {
    return """
        global
            stats socket %s mode 660 level admin expose-fd listeners
            stats timeout 30s
            log stdout format raw local0
        defaults
            log     global
            mode    http
            option  httplog
            option  dontlognull
            timeout connect 5000
            timeout client  50000
            timeout server  50000
        frontend web
            bind *:%d
            default_backend apps
        backend apps
            balance roundrobin
            server s1 127.0.0.1:%d check
            server s2 127.0.0.1:%d check
        """
        .formatted(socket, port, s1.port(), s2.port());
  }

  /// One balancer with its own two servers.
  private record Side(
      String name,
      int port,
      Origin s1,
      Origin s2,
      Callable<Boolean> s1Healthy,
      Callable<Boolean> s1Checked,
      Callable<String> failedChecks,
      LoadClient load) {

    List<String> answers(int count) throws IOException {
      var answers = new ArrayList<String>();
      for (var i = 0; i < count; i++) {
        answers.add(LoadClient.fetch(port, "/"));
      }
      return answers;
    }

    /// @param start a moment before what makes it so
    Duration awaitHealth(boolean healthy, long start) {
      Await.until(
          name + " healthy=" + healthy, Duration.ofSeconds(30), () -> s1Healthy.call() == healthy);
      return since(start);
    }

    static Duration since(long start) {
      return Duration.ofNanos(System.nanoTime() - start);
    }
  }

  /// What one side showed.
  ///
  /// @param counted how long after the death the failed checks had been counted
  private record Seen(
      boolean alternates,
      Duration removed,
      String failedChecks,
      Duration counted,
      Duration returned,
      int allDown,
      LoadReport load) {}

  @Test
  void theSameFileGivesTheSameBehaviourAndLosesLess() throws Exception {
    var program = HaproxyProcess.needed();
    var ports = new int[] {Ports.free(), Ports.free()};
    var sockets = List.of(directory.resolve("h.sock"), directory.resolve("w.sock"));
    try (var a1 = Origin.start("s1");
        var a2 = Origin.start("s2");
        var b1 = Origin.start("s1");
        var b2 = Origin.start("s2")) {
      var theirs = directory.resolve("haproxy.cfg");
      Files.writeString(theirs, example(ports[0], sockets.get(0), a1, a2));
      var ours = directory.resolve("weir-haproxy.cfg");
      Files.writeString(ours, example(ports[1], sockets.get(1), b1, b2));
      try (var haproxy = HaproxyProcess.start(program, theirs, sockets.get(0));
          var weir = ProxyProcess.config(ours).start();
          var haproxyLoad = LoadClient.on(ports[0]);
          var weirLoad = LoadClient.on(ports[1]);
          var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        var left =
            new Side(
                "HAProxy",
                ports[0],
                a1,
                a2,
                () -> haproxy.row("apps", "s1").get("status").startsWith("UP"),
                () -> haproxy.row("apps", "s1").get("check_status").equals("L4OK"),
                () -> haproxy.row("apps", "s1").get("chkfail"),
                haproxyLoad);
        var right =
            new Side(
                "Weir",
                ports[1],
                b1,
                b2,
                () -> healthy(weir, b1),
                () -> !checks(weir, b1, "passed").equals("0"),
                () -> checks(weir, b1, "failed"),
                weirLoad);
        var haproxySeen = threads.submit(() -> observe(left));
        var weirSeen = threads.submit(() -> observe(right));
        var h = haproxySeen.get();
        var w = weirSeen.get();
        compare(h, w);
      }
    }
  }

  private static Seen observe(Side side) throws Exception {
    var answers = side.answers(20);
    var alternates = true;
    for (var i = 1; i < answers.size(); i++) {
      alternates &= !answers.get(i).equals(answers.get(i - 1));
    }
    side.load.oneShot(3, "/", Duration.ofMillis(20)).keepAlive(2, "/", Duration.ofMillis(20));
    Await.until("load runs", () -> side.load.succeeded() > 50);
    Await.until("a check has passed", () -> side.s1Checked.call());
    var death = System.nanoTime();
    side.s1.kill();
    var removed = side.awaitHealth(false, death);
    var failedChecks = side.failedChecks.call();
    var counted = Side.since(death);
    var revival = System.nanoTime();
    side.s1.revive();
    var returned = side.awaitHealth(true, revival);
    var before = side.s1.requests();
    Await.until("traffic returns", () -> side.s1.requests() > before + 10);
    var report = side.load.stop();
    side.s1.kill();
    side.s2.kill();
    side.awaitHealth(false, System.nanoTime());
    Await.until("all down", Duration.ofSeconds(30), () -> LoadClient.status(side.port, "/") == 503);
    return new Seen(
        alternates,
        removed,
        failedChecks,
        counted,
        returned,
        LoadClient.status(side.port, "/"),
        report);
  }

  private static void compare(Seen haproxy, Seen weir) {
    System.out.printf(
        "HAProxy: removed after %s, back after %s, lost %d of %d%n"
            + "Weir:    removed after %s, back after %s, lost %d of %d%n",
        haproxy.removed,
        haproxy.returned,
        haproxy.load.failed(),
        haproxy.load.failed() + haproxy.load.succeeded(),
        weir.removed,
        weir.returned,
        weir.load.failed(),
        weir.load.failed() + weir.load.succeeded());
    for (var seen : List.of(haproxy, weir)) {
      assertTrue(seen.alternates, seen::toString);
      assertTrue(within(seen.removed, REMOVED_FROM, REMOVED_UNTIL), seen::toString);
      assertTrue(within(seen.returned, RETURNED_FROM, RETURNED_UNTIL), seen::toString);
    }
    assertEquals("3", haproxy.failedChecks);
    // Weir counts on while a server is down: one more for each interval that the test looked late.
    var failed = Integer.parseInt(weir.failedChecks);
    var most = Math.max(3, 1 + weir.counted.dividedBy(INTERVAL));
    assertTrue(failed >= 3 && failed <= most, weir::toString);
    assertEquals(503, haproxy.allDown);
    assertEquals(haproxy.allDown, weir.allDown);
    assertTrue(weir.load.failed() <= haproxy.load.failed());
    weir.load.requireFlawless(100);
  }

  private static String checks(ProxyProcess weir, Origin origin, String result) throws IOException {
    return weir.health("/metrics")
        .lines()
        .filter(line -> line.startsWith("weir_health_checks_total{"))
        .filter(line -> line.contains(origin.authority()) && line.contains("\"" + result + "\""))
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .findFirst()
        .orElse("none");
  }

  private static boolean within(Duration seen, Duration from, Duration until) {
    return seen.compareTo(from) >= 0 && seen.compareTo(until) <= 0;
  }

  private static boolean healthy(ProxyProcess weir, Origin origin) throws IOException {
    for (var pool : weir.state().path("pools")) {
      for (var endpoint : pool.path("endpoints")) {
        if (endpoint.path("endpoint").asText().equals(origin.authority())
            || endpoint.path("port").asInt() == origin.port()) {
          return endpoint.path("healthy").asBoolean();
        }
      }
    }
    throw new IOException("no such endpoint in /state");
  }
}
