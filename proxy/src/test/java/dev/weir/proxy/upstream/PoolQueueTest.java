package dev.weir.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PoolQueueTest {
  private static final String MANIFEST =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: lb}
      spec:
        listeners: [{name: http, port: 80}]
        pools:
          - name: web
            endpoints: [{address: 127.0.0.1, port: 8080, maxConnections: 1}]
      """;

  @Test
  void whoGivesUpWhenItIsItsTurnHandsTheTurnOn() throws Exception {
    var loops = EventLoops.start(Transport.detect(), 1);
    try {
      var manifests = ManifestReader.read("test.yaml", MANIFEST);
      var rendered =
          new Renderer(RenderOptions.standalone(Set.of()))
              .render(manifests.loadBalancers().getFirst(), manifests.references());
      var config = rendered.config();
      assertNotNull(config);
      var pool = new Pool("ns/lb/web", config.pools().getFirst(), Approach.PLAIN, loops.data());
      var endpoint = rendered.endpoints().getFirst().endpoints().getFirst();
      pool.update(List.of(new EndpointTarget(endpoint, new InetSocketAddress("127.0.0.1", 8080))));
      Loop loop = loops.data().all().getFirst();
      var impatient = new Waiting(loop);
      var patient = new Waiting(loop);

      loop.eventLoop()
          .submit(
              () -> {
                Endpoint held = pool.acquire(new Pick());
                assertNotNull(held);
                assertTrue(pool.join(impatient));
                assertTrue(pool.join(patient));
                held.release();
                assertFalse(pool.quit(impatient), "it was called already");
              })
          .get();

      assertTrue(patient.called.await(5, TimeUnit.SECONDS), "the slot is not forgotten");
      assertEquals(0, pool.queued());
    } finally {
      loops.stop(Duration.ofSeconds(5));
    }
  }

  private static final class Waiting implements Waiter {
    private final Loop loop;
    final CountDownLatch called = new CountDownLatch(1);

    Waiting(Loop loop) {
      this.loop = loop;
    }

    @Override
    public Loop loop() {
      return loop;
    }

    @Override
    public void slotFree() {
      called.countDown();
    }
  }
}
