package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Payload;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.WebSocketClient;
import dev.weir.proxy.testkit.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Hundreds of configurations in a minute, and nobody notices.
///
/// The length in seconds is the system property `weir.soak.seconds`, 20 unless set.
class ChangesUnderLoadTest {
  private static final int SECONDS = Integer.getInteger("weir.soak.seconds", 20);
  private static final int GENERATIONS = SECONDS * 250 / 60 + 1;
  private static final long DOWNLOAD = SECONDS * 200_000_000L / 60;
  private static final int WEB_SOCKETS = 20;
  @TempDir Path directory;
  private final int http = Ports.free();
  private final int tcp = Ports.free();
  private final int extra = Ports.free();

  @Test
  void generationsComeAndGoWithoutAFailedRequestOrACutConnection() throws Exception {
    try (var origins = new Origins();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var file = directory.resolve("weir.yaml");
      ConfigFile.replace(file, manifest(0, origins));
      try (var proxy = ProxyProcess.config(file).jvm("-XX:TieredStopAtLevel=4").start();
          var load = LoadClient.on(http)) {
        var stop = new AtomicBoolean();
        var echoes = new AtomicLong();
        var living = new ArrayList<Future<?>>();
        for (var i = 0; i < WEB_SOCKETS; i++) {
          var port = i % 4 == 0 ? tcp : http;
          living.add(threads.submit(echo(port, stop, echoes)));
        }
        living.add(threads.submit(this::download));
        load.keepAlive(6, "/", Duration.ofMillis(8)).oneShot(3, "/", Duration.ofMillis(8));
        Await.until("sockets are up", () -> echoes.get() >= WEB_SOCKETS);

        var changes = change(proxy, file, origins);

        stop.set(true);
        for (var life : living) {
          life.get();
        }
        load.stopFlawless(SECONDS * 100L);
        var state = proxy.state();
        assertEquals(changes.refused(), state.path("refused").asInt(), state::toString);
        assertTrue(state.path("applied").asInt() >= GENERATIONS, state::toString);
        System.out.printf(
            "%d s, %d generations applied, %d refused: %d requests, %d echoes, %d MB; 0 failed, 0 cut%n",
            SECONDS,
            state.path("applied").asInt(),
            changes.refused(),
            load.succeeded(),
            echoes.get(),
            DOWNLOAD / 1_000_000);
      }
    }
  }

  private record Changes(int applied, int refused) {}

  /// Walks through variants at an even pace; every tenth file is broken in one of three ways.
  private Changes change(ProxyProcess proxy, Path file, Origins origins) throws IOException {
    var pace = Duration.ofSeconds(SECONDS).toNanos() / (GENERATIONS + GENERATIONS / 9 + 4);
    var start = System.nanoTime();
    var step = 0;
    var refused = 0;
    var applied = 0;
    var seconds = Duration.ofSeconds(SECONDS).toNanos();
    while (System.nanoTime() - start < seconds || applied < GENERATIONS) {
      assertTrue(System.nanoTime() - start < 10 * seconds, "generations come too slowly");
      step++;
      if (step % 10 == 5) {
        ConfigFile.replace(file, broken(step, origins));
        var expected = ++refused;
        var state = proxy.awaitState("file refused", s -> s.path("refused").asInt() == expected);
        assertTrue(state.path("lastRefused").path("problems").size() > 0, state::toString);
      } else {
        var before = proxy.state().path("applied").asInt();
        ConfigFile.replace(file, manifest(step, origins));
        applied++;
        proxy.awaitState("file applied", s -> s.path("applied").asInt() > before);
        checkExtraListener(step);
      }
      while (System.nanoTime() < start + step * pace) {
        LockSupport.parkNanos(start + step * pace - System.nanoTime());
      }
    }
    return new Changes(applied, refused);
  }

  private void checkExtraListener(int step) {
    if (step % 25 < 2) {
      Await.until("extra listener as in step " + step, () -> reachable(extra) == hasExtra(step));
    }
  }

  private static boolean reachable(int port) {
    try {
      return !LoadClient.fetch(port, "/").isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean hasExtra(int step) {
    return step % 2 == 0;
  }

  private String manifest(int step, Origins origins) {
    var timeouts = "timeouts: {idle: %ds, header: %ds}".formatted(40 + step % 7, 10 + step % 5);
    var listeners = new ArrayList<String>();
    listeners.add(Yaml.listener("http", http, "defaultPool: web", timeouts));
    listeners.add(Yaml.listener("tcp", tcp, "protocol: TCP", "defaultPool: relay"));
    if (hasExtra(step)) {
      listeners.add(Yaml.listener("extra", extra, "defaultPool: web"));
    }
    if (step % 3 == 0) {
      Collections.reverse(listeners);
    }
    var endpoints = new ArrayList<>(Yaml.endpoints(origins.s1));
    endpoints.add(Yaml.endpoint(origins.s2.port(), "weight: " + (1 + step % 5)));
    if (step % 4 < 2) {
      endpoints.add(Yaml.endpoint(origins.s3.port()));
    }
    if (step % 6 < 3) {
      endpoints.add(Yaml.endpoint(origins.s4.port(), step % 12 < 6 ? "state: Drain" : "tier: 0"));
    }
    var pools = new ArrayList<String>();
    var algorithm = step % 8 < 4 ? "RoundRobin" : "LeastConnections";
    pools.add(
        Yaml.pool(
            "web",
            endpoints,
            Yaml.FAST,
            "balance: {algorithm: " + algorithm + "}",
            "timeouts: {connect: %ds, response: %ds}".formatted(5 + step % 3, 50 + step % 9)));
    pools.add(Yaml.pool("relay", endpoints, Yaml.FAST));
    if (step % 5 < 2) {
      pools.add(Yaml.pool("spare-" + step % 5, Yaml.FAST, origins.s4));
    }
    return Yaml.loadBalancer("web", listeners, pools);
  }

  private String broken(int step, Origins origins) {
    var good = manifest(step, origins);
    return switch (step / 10 % 3) {
      case 0 -> good.replace("defaultPool: web", "defaultPool: missing");
      case 1 -> good.replace("spec:", "spec:\n  colour: green");
      default -> good.substring(0, good.length() / 2) + "{[";
    };
  }

  private Callable<Void> echo(int port, AtomicBoolean stop, AtomicLong echoes) {
    return () -> {
      try (var socket = WebSocketClient.connect(port, "/ws")) {
        for (var i = 0; !stop.get(); i++) {
          var message = "message " + i;
          assertEquals(message, socket.exchange(message));
          echoes.incrementAndGet();
          LockSupport.parkNanos(50_000_000);
        }
      }
      return null;
    };
  }

  private @Nullable Void download() throws IOException {
    try (var wire = Wire.connect(http)) {
      var millis = (SECONDS - 2) * 1000L;
      wire.get("/slow/" + DOWNLOAD + "/" + millis);
      var head = wire.readHead();
      assertEquals(200, head.status());
      assertNull(head.first("Transfer-Encoding"));
      var received = Payload.drain(wire.responseBody(head));
      assertEquals(new Payload.Received(DOWNLOAD, Payload.digest(DOWNLOAD)), received);
      return null;
    }
  }

  private static final class Origins implements AutoCloseable {
    final Origin s1 = Origin.start("s1");
    final Origin s2 = Origin.start("s2");
    final Origin s3 = Origin.start("s3");
    final Origin s4 = Origin.start("s4");

    Origins() throws IOException {}

    @Override
    public void close() throws IOException {
      for (var origin : List.of(s1, s2, s3, s4)) {
        origin.close();
      }
    }
  }
}
