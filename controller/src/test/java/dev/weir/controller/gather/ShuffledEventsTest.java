package dev.weir.controller.gather;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.AddressFamily;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.config.render.ServiceView;
import dev.weir.config.stream.Digest;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.controller.lease.Epoch;
import dev.weir.controller.reconcile.Audits;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.stream.SnapshotSource;
import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// From events to snapshots: the order of events does not matter, and work depends on what changed.
class ShuffledEventsTest {
  private static final ProxyGroup EDGE = new ProxyGroup.Fleet("edge");
  private static final String NAMESPACE = "shop";

  private final List<Reconciler> running = new ArrayList<>();

  @AfterEach
  void stop() {
    running.forEach(Reconciler::stop);
  }

  @Test
  void theOrderOfEventsDoesNotMatter() {
    Digest expected = digestAfter(events(), true);
    assertNotEquals(Digest.EMPTY, expected);
    for (int seed = 0; seed < 8; seed++) {
      assertEquals(expected, digestAfter(shuffled(seed), seed % 2 == 0), "seed " + seed);
    }
  }

  @Test
  void aChangeOfEndpointsTouchesTheirResourceAloneAndRendersNothing() {
    var reconciler = reconciler(events(), true);
    Resources before = wanted(reconciler).resources();
    long renders = reconciler.renderTimes().count();
    slice("s3", "svc3", "10.3.0.1", "10.3.0.2").accept(reconciler.cluster());
    Await.until("a new snapshot", () -> !wanted(reconciler).resources().equals(before));
    var after = new HashSet<Resource>();
    wanted(reconciler).resources().forEach(after::add);
    before.forEach(after::remove);
    assertEquals(1, after.size());
    assertEquals(ResourceType.Endpoints, after.iterator().next().key().type());
    assertEquals(renders, reconciler.renderTimes().count());
  }

  @Test
  void whatNobodyRefersToChangesNothing() {
    var reconciler = reconciler(events(), true);
    Snapshot before = wanted(reconciler);
    slice("other", "unused", "10.9.0.1").accept(reconciler.cluster());
    service("unused").accept(reconciler.cluster());
    slice("s1", "svc1", "10.1.0.1", "10.1.0.9").accept(reconciler.cluster());
    Await.until("the other change", () -> !wanted(reconciler).equals(before));
    assertEquals(before.resources().size(), wanted(reconciler).resources().size());
  }

  @Test
  void anInvalidChangeKeepsTheLastGoodAndOneThatWasNeverGoodIsHeld() {
    var reconciler = reconciler(events(), true);
    Digest before = wanted(reconciler).digest();
    loadBalancer("lb2", 9, 2, "missing").accept(reconciler.cluster());
    loadBalancer("new", 1, 77, "missing").accept(reconciler.cluster());
    Await.until("held", () -> reconciler.wanted(EDGE).held().equals(Set.of(NAMESPACE + "/new")));
    Await.until(
        "lb2 is refused",
        () -> !reconciler.member(new ObjectName(NAMESPACE, "lb2")).problems().isEmpty());
    assertEquals(before, wanted(reconciler).digest());
  }

  @Test
  void oneOfAThousandThatIsWrongAffectsNobodyElse() {
    List<Consumer<Cluster>> events = new ArrayList<>(events().subList(0, 30));
    for (int i = 10; i < 1000; i++) {
      events.add(loadBalancer("lb" + i, 1, i, "web"));
    }
    var reconciler = reconciler(events, true);
    assertEquals(2000, wanted(reconciler).resources().size());
    Resources before = wanted(reconciler).resources();
    for (int i = 0; i < 1000; i++) {
      loadBalancer("lb" + i, 2, 2000 + i, i == 500 ? "missing" : "web")
          .accept(reconciler.cluster());
    }
    Await.until(
        "all are looked at",
        Duration.ofSeconds(60),
        () ->
            reconciler.depth() == 0
                && reconciler.names().stream()
                    .allMatch(name -> reconciler.member(name).seen().generation() == 2)
                && changed(before, wanted(reconciler).resources()) == 999);
    var wrong = new ObjectName(NAMESPACE, "lb500");
    assertEquals(
        before.digestOf(wrong.toString()),
        wanted(reconciler).resources().digestOf(wrong.toString()));
    for (ObjectName name : reconciler.names()) {
      var problems = reconciler.member(name).problems();
      assertEquals(name.equals(wrong) ? 1 : 0, problems.size(), problems.toString());
    }
    assertTrue(
        reconciler.member(wrong).problems().getFirst().path().contains("defaultPool"),
        reconciler.member(wrong).problems().toString());
  }

  /// How many LoadBalancers are others.
  private static long changed(Resources before, Resources after) {
    long changed = 0;
    for (int i = 0; i < 1000; i++) {
      String name = NAMESPACE + "/lb" + i;
      changed += before.digestOf(name).equals(after.digestOf(name)) ? 0 : 1;
    }
    return changed;
  }

  @Test
  void anAddressThatMovesFromOneSliceToAnotherIsNeverAway() {
    var reconciler = reconciler(events(), true);
    String pool = NAMESPACE + "/lb4/web";
    List<String> bodies = new CopyOnWriteArrayList<>();
    reconciler.subscribe(
        new SnapshotSource.Listener() {
          @Override
          public void changed(ProxyGroup group) {
            for (Resource resource : wanted(reconciler).resources()) {
              if (resource.key().name().equals(pool)) {
                bodies.add(new String(resource.body(), StandardCharsets.UTF_8));
              }
            }
          }

          @Override
          public void allChanged() {
            changed(EDGE);
          }
        });
    for (int i = 0; i < 20; i++) {
      String from = "s4-" + i;
      String to = "s4-" + (i + 1);
      slice(i == 0 ? "s4" : from, "svc4", "10.4.0.1", "10.4.0.2").accept(reconciler.cluster());
      slice(to, "svc4", "10.4.0.1").accept(reconciler.cluster());
      slice(i == 0 ? "s4" : from, "svc4", "10.4.0.2").accept(reconciler.cluster());
      slice(to, "svc4", "10.4.0.1", "10.4.0.2").accept(reconciler.cluster());
      reconciler.cluster().removeSlice(i == 0 ? "s4" : from);
    }
    slice("s4-20", "svc4", "10.4.0.1", "10.4.0.3").accept(reconciler.cluster());
    Await.until("the last one", () -> !bodies.isEmpty() && bodies.getLast().contains("10.4.0.3"));
    for (String body : bodies) {
      assertTrue(body.contains("10.4.0.1:8080") || body.contains("\"10.4.0.1\""), body);
    }
  }

  @Test
  void aPoolThatNoFrameCanCarryIsRefusedWithItsSizeAndKeepsItsLastGoodEndpoints() {
    var reconciler = reconciler(events(), true);
    Digest before = wanted(reconciler).digest();
    String[] addresses = new String[60_000];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = "10.%d.%d.%d".formatted(100 + i / 62_500, i / 250 % 250, 1 + i % 250);
    }
    slice("s2", "svc2", addresses).accept(reconciler.cluster());
    var name = new ObjectName(NAMESPACE, "lb2");
    Await.until(
        "refused", Duration.ofSeconds(60), () -> !reconciler.member(name).problems().isEmpty());
    var problem = reconciler.member(name).problems().getFirst();
    assertEquals("TooLarge", problem.reason());
    assertEquals("spec.pools[web]", problem.path());
    assertTrue(problem.message().contains("60000 endpoints"), problem.message());
    assertTrue(problem.message().contains("" + Resource.MAX_BODY), problem.message());
    assertEquals(before, wanted(reconciler).digest());
    slice("s2", "svc2", "10.2.0.1").accept(reconciler.cluster());
    Await.until("accepted again", () -> reconciler.member(name).problems().isEmpty());
    assertEquals(before, wanted(reconciler).digest());
  }

  @Test
  void nothingIsWantedBeforeAllCachesAreFilled() {
    var reconciler = reconciler(List.of(), false);
    assertEquals(null, reconciler.wanted(EDGE));
    assertTrue(!reconciler.complete(), "not complete");
  }

  // --- a cluster's events ------------------------------------------------------------------------

  private List<Consumer<Cluster>> events() {
    List<Consumer<Cluster>> events = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      events.add(loadBalancer("lb" + i, 1, i, "web"));
      events.add(service("svc" + i));
      events.add(slice("s" + i, "svc" + i, "10." + i + ".0.1"));
    }
    // Younger ones that lose their ports to lb0 and lb1.
    events.add(loadBalancer("z-late", 1, 0, "web"));
    events.add(loadBalancer("z-later", 1, 1, "web"));
    return events;
  }

  /// Other orders of the same, with changes that are taken back and objects that come and go
  /// between.
  private List<Consumer<Cluster>> shuffled(int seed) {
    List<Consumer<Cluster>> events = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      events.add(slice("s" + i, "svc" + i, "10." + i + ".0.1", "10." + i + ".0.2"));
      events.add(loadBalancer("gone" + i, 1, 50 + i, "web"));
    }
    var random = new Random(seed);
    Collections.shuffle(events, random);
    for (int i = 0; i < 10; i++) {
      ObjectName gone = new ObjectName(NAMESPACE, "gone" + i);
      events.add(cluster -> cluster.removeLoadBalancer(gone));
    }
    List<Consumer<Cluster>> last = events();
    Collections.shuffle(last, random);
    events.addAll(last);
    return events;
  }

  private Digest digestAfter(List<Consumer<Cluster>> events, boolean syncedFirst) {
    var reconciler = reconciler(syncedFirst ? List.of() : events, true);
    if (syncedFirst) {
      events.forEach(event -> event.accept(reconciler.cluster()));
    }
    Await.until(
        "ten LoadBalancers with one pool each, and all work done",
        () -> wanted(reconciler).resources().size() == 20 && reconciler.depth() == 0);
    Await.until("settled", () -> settled(reconciler));
    return wanted(reconciler).digest();
  }

  private static boolean settled(Reconciler reconciler) {
    return reconciler.names().size() == 12
        && Audits.idle(reconciler)
        && reconciler.names().stream()
            .allMatch(name -> reconciler.member(name).problems().isEmpty())
        && wanted(reconciler).resources().ofLoadBalancer(NAMESPACE + "/lb9").size() == 2
        && endpointsAreFinal(reconciler);
  }

  private static boolean endpointsAreFinal(Reconciler reconciler) {
    return reconciler.names().stream()
        .flatMap(name -> reconciler.member(name).endpoints().stream())
        .allMatch(endpoints -> endpoints.endpoints().size() == 1);
  }

  private Reconciler reconciler(List<Consumer<Cluster>> events, boolean synced) {
    var reconciler =
        new Reconciler(
            new Renderer(RenderOptions.kubernetes(false)),
            () -> new Epoch("lease", 1, 1),
            () -> synced,
            InstantSource.system(),
            name -> {});
    running.add(reconciler);
    events.forEach(event -> event.accept(reconciler.cluster()));
    Thread.ofVirtual().start(reconciler::run);
    if (synced) {
      Await.until("the first pass", reconciler::complete);
      Await.until("published", () -> reconciler.wanted(EDGE) != null);
    }
    return reconciler;
  }

  private static Snapshot wanted(Reconciler reconciler) {
    return reconciler.wanted(EDGE).snapshot();
  }

  private static Consumer<Cluster> loadBalancer(
      String name, int generation, int port, @Nullable String pool) {
    Instant created = Instant.EPOCH.plusSeconds(name.startsWith("z") ? 100 : 10);
    var object =
        Serialization.unmarshal(
            """
            apiVersion: weir.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: %s, namespace: %s, uid: uid-%s, generation: %d, creationTimestamp: "%s"}
            spec:
              fleetRef: {name: edge}
              listeners: [{name: http, port: %d, defaultPool: %s}]
              pools: [{name: web, serviceRef: {name: svc%d, port: 80}}]
            """
                .formatted(
                    name, NAMESPACE, name, generation, created, 8000 + port, pool, port % 10),
            GenericKubernetesResource.class);
    return cluster -> cluster.put(LoadBalancerReader.read(object));
  }

  private static Consumer<Cluster> service(String name) {
    var view =
        new ServiceView(
            new ObjectName(NAMESPACE, name),
            List.of(new ServiceView.Port(null, 80, true)),
            List.of(AddressFamily.IPv4),
            null);
    return cluster -> cluster.put(view);
  }

  private static Consumer<Cluster> slice(String uid, String service, String... addresses) {
    var view =
        new EndpointSliceView(
            new ObjectName(NAMESPACE, service),
            AddressFamily.IPv4,
            List.of(new EndpointSliceView.Port(null, 8080, true)),
            List.of(addresses).stream()
                .map(a -> new EndpointSliceView.Endpoint(a, true, null, null))
                .toList());
    return cluster -> cluster.put(uid, view);
  }
}
