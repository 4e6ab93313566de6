package dev.weir.controller.gather;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.config.render.AddressFamily;
import dev.weir.config.render.EndpointSliceView;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.config.render.ServiceView;
import dev.weir.config.stream.Digest;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.lease.Epoch;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.proxy.testkit.Await;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/// What the reconciler does for one change does not grow with how many LoadBalancers there are. The
/// measure is what its thread allocates, which no busy machine can falsify.
class WorkPerChangeTest {
  private static final ProxyGroup EDGE = new ProxyGroup.Fleet("edge");
  private static final int CHANGES = 20;
  private static final double MOST = 2;

  @Test
  void amongThousandsAChangeCostsWhatItCostsAmongAFew() {
    Costs few = costs(3 * CHANGES);
    Costs thousands = costs(3000);
    String both = few + " bytes a change among a few, among thousands " + thousands;
    assertTrue(thousands.spec < MOST * few.spec, both);
    assertTrue(thousands.port < MOST * few.port, both);
    assertTrue(thousands.endpoints < MOST * few.endpoints, both);
    assertTrue(thousands.gone < MOST * few.gone, both);
  }

  @Test
  void anotherLeaderRendersNothing() {
    var epoch = new AtomicReference<>(new Epoch("lease", 1, 1));
    var reconciler =
        new Reconciler(
            new Renderer(RenderOptions.kubernetes(false)),
            epoch::get,
            () -> true,
            InstantSource.system(),
            name -> {});
    Cluster cluster = reconciler.cluster();
    for (int i = 0; i < 3000; i++) {
      cluster.put(service(i));
      cluster.put("slice" + i, slice(i, "10.0.0.1"));
      cluster.put(loadBalancer(i, 1, 10_000 + i, "a"));
    }
    Thread worker = Thread.ofPlatform().daemon().start(reconciler::run);
    Await.until("the first pass", Duration.ofSeconds(60), reconciler::complete);
    Await.until("published", () -> reconciler.wanted(EDGE) != null);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(worker.threadId());
    try {
      for (int transitions = 2; transitions < 12; transitions++) {
        int now = transitions;
        epoch.set(new Epoch("lease", 1, now));
        reconciler.epochChanged();
        Await.until(
            "the epoch", () -> reconciler.wanted(EDGE).snapshot().version().transitions() == now);
      }
      Await.until("all work is done", () -> reconciler.depth() == 0);
      long each = (threads.getThreadAllocatedBytes(worker.threadId()) - before) / 10;
      assertTrue(each < 20_000, each + " bytes for another epoch");
    } finally {
      reconciler.stop();
    }
  }

  /// Bytes for each change of a spec, of a port, of endpoints, and for each removal.
  private record Costs(double spec, double port, double endpoints, double gone) {}

  private static Costs costs(int present) {
    var reconciler =
        new Reconciler(
            new Renderer(RenderOptions.kubernetes(false)),
            () -> new Epoch("lease", 1, 1),
            () -> true,
            InstantSource.system(),
            name -> {});
    Cluster cluster = reconciler.cluster();
    for (int i = 0; i < present; i++) {
      cluster.put(service(i));
      cluster.put("slice" + i, slice(i, "10.0.0.1"));
      cluster.put(loadBalancer(i, 1, 10_000 + i, "a"));
    }
    Thread worker = Thread.ofPlatform().daemon().start(reconciler::run);
    Await.until("the first pass", Duration.ofSeconds(60), reconciler::complete);
    Await.until("published", () -> reconciler.wanted(EDGE) != null);
    try {
      perChange(reconciler, worker, i -> cluster.put(loadBalancer(i, 2, 10_000 + i, "b")));
      return new Costs(
          perChange(
              reconciler,
              worker,
              i -> cluster.put(loadBalancer(CHANGES + i, 2, 10_000 + CHANGES + i, "b"))),
          perChange(
              reconciler,
              worker,
              i -> cluster.put(loadBalancer(2 * CHANGES + i, 2, 20_000 + i, "a"))),
          perChange(reconciler, worker, i -> cluster.put("slice" + i, slice(i, "10.0.0.2"))),
          perChange(reconciler, worker, i -> cluster.removeLoadBalancer(name(i))));
    } finally {
      reconciler.stop();
    }
  }

  private static double perChange(Reconciler reconciler, Thread worker, IntConsumer change) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(worker.threadId());
    for (int i = 0; i < CHANGES; i++) {
      Digest digest = reconciler.wanted(EDGE).snapshot().digest();
      change.accept(i);
      Await.until("the change", () -> !reconciler.wanted(EDGE).snapshot().digest().equals(digest));
    }
    Await.until("all work is done", () -> reconciler.depth() == 0);
    return (threads.getThreadAllocatedBytes(worker.threadId()) - before) / (double) CHANGES;
  }

  private static ObjectName name(int i) {
    return new ObjectName("shop", "lb" + i);
  }

  private static Observed loadBalancer(int i, int generation, int port, String version) {
    var object =
        Serialization.unmarshal(
            """
            apiVersion: weir.dev/v1alpha1
            kind: LoadBalancer
            metadata: {name: lb%d, namespace: shop, uid: uid-%d, generation: %d}
            spec:
              fleetRef: {name: edge}
              listeners:
                - name: http
                  port: %d
                  responseHeaders: {set: [{name: X-Version, value: %s}]}
              pools: [{name: web, serviceRef: {name: svc%d, port: 80}}]
            """
                .formatted(i, i, generation, port, version, i),
            GenericKubernetesResource.class);
    return LoadBalancerReader.read(object);
  }

  private static ServiceView service(int i) {
    return new ServiceView(
        new ObjectName("shop", "svc" + i),
        List.of(new ServiceView.Port(null, 80, true)),
        List.of(AddressFamily.IPv4),
        null);
  }

  private static EndpointSliceView slice(int service, String address) {
    return new EndpointSliceView(
        new ObjectName("shop", "svc" + service),
        AddressFamily.IPv4,
        List.of(new EndpointSliceView.Port(null, 8080, true)),
        List.of(new EndpointSliceView.Endpoint(address, true, null, null)));
  }
}
