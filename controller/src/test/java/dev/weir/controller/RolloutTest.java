package dev.weir.controller;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.Latencies;
import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The pods of a Service are replaced one by one under load, as a Deployment's rollout does: each
/// new one is in the EndpointSlice as the old one that it stands for ends, is out of it, and is
/// killed.
///
/// Pods are addresses of the loopback network. `-Dweir.rollout.endpoints` is how many,
/// `-Dweir.rollout.clients` how many clients ask without a pause, `-Dweir.rollout.p99` the bound in
/// milliseconds from sending a change to the first request that the new endpoint gets.
class RolloutTest {
  private static final boolean REAL = System.getenv("WEIR_TEST_KUBECONFIG") != null;
  private static final int ENDPOINTS = Integer.getInteger("weir.rollout.endpoints", REAL ? 100 : 8);
  private static final int CLIENTS = Integer.getInteger("weir.rollout.clients", 4);
  private static final Duration P99 =
      Duration.ofMillis(Integer.getInteger("weir.rollout.p99", 30_000));
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @Test
  void aRolloutFailsNoRequestAndEachNewEndpointIsAskedSoon() throws Exception {
    int port = Ports.free();
    var running = new ArrayList<Origin>();
    try (var plane = new ControlPlane(directory)) {
      plane.apply(ControlPlane.webService());
      for (int i = 0; i < ENDPOINTS; i++) {
        running.add(Origin.startAt(TestCluster.address(), "old-" + i));
        put(plane, running.get(i), true);
      }
      plane.apply(plane.webLoadBalancer(port));
      try (var proxy = plane.proxy("edge")) {
        Await.until("traffic", LONG, () -> LoadClient.status(port, "/") == 200);
        try (var load =
            LoadClient.on(port)
                .keepAlive(CLIENTS, "/", Duration.ZERO)
                .oneShot(1, "/", Duration.ofMillis(20))
                .posting("once")
                .keepAlive(1, "/echo", Duration.ZERO)) {
          var asked = new Latencies();
          long began = System.nanoTime();
          for (int i = 0; i < ENDPOINTS; i++) {
            running.add(Origin.startAt(TestCluster.address(), "new-" + i));
            replace(plane, running.get(i), running.getLast(), asked);
          }
          double seconds = (System.nanoTime() - began) / 1e9;
          var report = load.stop();
          System.out.printf(
              "%d endpoints replaced in %.1f s at %.0f requests/s: from a change to the first"
                  + " request of the new one %s%n",
              ENDPOINTS, seconds, report.succeeded() / seconds, asked);
          assertEquals(0, report.failed(), report::toString);
          assertTrue(asked.quantile(0.99).compareTo(P99) <= 0, asked::toString);
          assertTrue(proxy.alive());
        }
      } finally {
        for (Origin origin : running) {
          origin.close();
        }
      }
    }
  }

  private static void replace(ControlPlane plane, Origin before, Origin after, Latencies asked)
      throws Exception {
    var first = new AtomicLong();
    after.handler(
        call -> {
          first.compareAndSet(0, System.nanoTime());
          Origin.answer(call);
        });
    long sent = System.nanoTime();
    put(plane, after, true);
    Await.until("the new one is asked", LONG, () -> first.get() != 0);
    asked.add(first.get() - sent);
    put(plane, before, false);
    plane.delete("EndpointSlice", before.name());
    awaitUnused(before);
    before.kill();
  }

  /// Nobody asks it any more, nor keeps a connection to it.
  private static void awaitUnused(Origin origin) {
    Await.until("nobody uses " + origin.name(), LONG, () -> origin.open() == 0);
  }

  private static void put(ControlPlane plane, Origin pod, boolean ready) throws Exception {
    plane.apply(
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: %s, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{name: http, port: %d, protocol: TCP}]
        endpoints:
          - addresses: ["%s"]
            conditions: {ready: %b, serving: true, terminating: %b}
        """
            .formatted(
                pod.name(), pod.port(), TestCluster.address().getHostAddress(), ready, !ready));
  }
}
