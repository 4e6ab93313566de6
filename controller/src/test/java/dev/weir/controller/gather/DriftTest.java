package dev.weir.controller.gather;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.AddressFamily;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References.ReferentKind;
import dev.weir.config.render.Referent;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.config.render.ServiceView;
import dev.weir.controller.lease.Epoch;
import dev.weir.controller.reconcile.Audits;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Increments end where a start from nothing ends, whatever happened before; and the controller's
/// own audit sees it when they do not. `-Dweir.drift.events=1000000` for more events.
class DriftTest {
  private static final int EVENTS = Integer.getInteger("weir.drift.events", 50_000);
  private static final String NAMESPACE = "shop";

  private final List<Reconciler> running = new ArrayList<>();
  private final Map<String, Observed> documents = new HashMap<>();

  @AfterEach
  void stop() {
    running.forEach(Reconciler::stop);
  }

  @Test
  void afterRandomEventsNothingHasDrifted() throws Exception {
    var reconciler = reconciler();
    var random = new Random(7);
    for (int i = 1; i <= EVENTS; i++) {
      event(reconciler.cluster(), random, i);
      if (i % (EVENTS / 5) == 0) {
        settle(reconciler);
        assertEquals(List.of(), Audits.pass(reconciler, reconciler.cluster()), "after " + i);
      }
    }
  }

  @Test
  void aDriftIsSeenAndMadeGoodAgain() throws Exception {
    var reconciler = reconciler();
    reconciler.cluster().put(loadBalancer("web", 1, 80, 1));
    reconciler.cluster().put(loadBalancer("other", 1, 81, 1));
    settle(reconciler);
    // A cluster whose events the reconciler has not heard of.
    var truth = new Cluster(reconciler(false));
    truth.put(loadBalancer("web", 2, 90, 1));
    truth.put(loadBalancer("other", 1, 81, 1));
    assertEquals(List.of("LoadBalancer shop/web"), Audits.pass(reconciler, truth));
    reconciler.cluster().put(loadBalancer("web", 2, 90, 1));
    settle(reconciler);
    assertEquals(List.of(), Audits.pass(reconciler, truth));
  }

  @Test
  void whatIsJustBeingDoneIsNoDrift() throws Exception {
    var due = new AtomicReference<Consumer<ObjectName>>(name -> {});
    var reconciler = reconciler(true, name -> due.get().accept(name));
    reconciler.cluster().put(loadBalancer("first", 1, 80, 1));
    settle(reconciler);
    reconciler.cluster().put(loadBalancer("second", 1, 80, 1));
    settle(reconciler);
    var first = new ObjectName(NAMESPACE, "first");
    var second = new ObjectName(NAMESPACE, "second");
    var wins = requireNonNull(reconciler.member(first)).conflicts().isEmpty() ? first : second;
    var loses = wins.equals(first) ? second : first;
    var entered = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    due.set(
        name -> {
          if (name.equals(loses)) {
            entered.countDown();
            Await.until("released", Duration.ofSeconds(30), () -> released.getCount() == 0);
          }
        });
    reconciler.cluster().removeLoadBalancer(wins);
    assertTrue(entered.await(10, TimeUnit.SECONDS), "the loser gets its port");
    assertEquals(List.of(), Audits.pass(reconciler, reconciler.cluster()));
    released.countDown();
    settle(reconciler);
    assertEquals(List.of(), Audits.pass(reconciler, reconciler.cluster()));
  }

  private static void settle(Reconciler reconciler) {
    Await.until("all work is done", Duration.ofSeconds(60), () -> reconciler.depth() == 0);
  }

  /// Few names, so that events meet: ports conflict, pools and Services come and go.
  private void event(Cluster cluster, Random random, int count) {
    int n = random.nextInt(12);
    switch (random.nextInt(8)) {
      case 0, 1, 2 ->
          cluster.put(loadBalancer("lb" + n, count, 8000 + random.nextInt(9), random.nextInt(6)));
      case 3 -> cluster.removeLoadBalancer(new ObjectName(NAMESPACE, "lb" + n));
      case 4 -> cluster.put(service("svc" + random.nextInt(6), 80 + random.nextInt(2)));
      case 5 ->
          cluster.remove(
              new Referent(
                  ReferentKind.Service, new ObjectName(NAMESPACE, "svc" + random.nextInt(6))));
      case 6 -> cluster.removeSlice("s" + n);
      default -> cluster.put("s" + n, slice("svc" + random.nextInt(6), random.nextInt(200)));
    }
  }

  private Reconciler reconciler() {
    return reconciler(true);
  }

  private Reconciler reconciler(boolean works) {
    return reconciler(works, name -> {});
  }

  private Reconciler reconciler(boolean works, Consumer<ObjectName> statusDue) {
    var reconciler =
        new Reconciler(
            new Renderer(RenderOptions.kubernetes(false)),
            () -> new Epoch("lease", 1, 1),
            () -> true,
            InstantSource.system(),
            statusDue);
    running.add(reconciler);
    if (works) {
      Thread.ofVirtual().start(reconciler::run);
      Await.until("the first pass", reconciler::complete);
    }
    return reconciler;
  }

  private Observed loadBalancer(String name, int generation, int port, int service) {
    String text =
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s, namespace: %s, uid: uid-%s, generation: 1, creationTimestamp: "%s"}
        spec:
          fleetRef: {name: %s}
          listeners: [{name: http, port: %d, defaultPool: %s}]
          pools: [{name: web, serviceRef: {name: svc%d, port: 80}}]
        """
            .formatted(
                name,
                NAMESPACE,
                name,
                Instant.EPOCH.plusSeconds(name.hashCode() % 7 + 10),
                generation % 5 == 0 ? "core" : "edge",
                port,
                generation % 9 == 0 ? "missing" : "web",
                service);
    Observed read = read(text);
    return new Observed(read.resource(), read.uid(), generation, null, null);
  }

  private Observed read(String text) {
    return documents.computeIfAbsent(
        text,
        t -> LoadBalancerReader.read(Serialization.unmarshal(t, GenericKubernetesResource.class)));
  }

  private static ServiceView service(String name, int port) {
    return new ServiceView(
        new ObjectName(NAMESPACE, name),
        List.of(new ServiceView.Port(null, port, true)),
        List.of(AddressFamily.IPv4),
        null);
  }

  private static EndpointSliceView slice(String service, int host) {
    return new EndpointSliceView(
        new ObjectName(NAMESPACE, service),
        AddressFamily.IPv4,
        List.of(new EndpointSliceView.Port(null, 8080, true)),
        List.of(new EndpointSliceView.Endpoint("10.0.0." + (host + 1), host % 3 != 0, null, null)));
  }
}
