package dev.weir.proxy.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PoolZonesTest {
  private static final String MANIFEST =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: lb}
      spec:
        listeners: [{name: http, port: 80}]
        pools:
          - name: web
            endpoints: [{address: 127.0.0.1, port: 8080}]
      """;

  private final EventLoops loops = EventLoops.start(Transport.detect(), 1);
  private Pool pool;

  @BeforeEach
  void open() throws Exception {
    var manifests = ManifestReader.read("test.yaml", MANIFEST);
    var config =
        new Renderer(RenderOptions.standalone(Set.of()))
            .render(manifests.loadBalancers().getFirst(), manifests.references())
            .config();
    assertNotNull(config);
    pool = new Pool("ns/lb/web", config.pools().getFirst(), Approach.PLAIN, loops.data());
    var targets = new ArrayList<EndpointTarget>();
    targets.add(target(1, 0, List.of("a")));
    targets.add(target(2, 0, List.of("a", "b")));
    targets.add(target(3, 0, null));
    targets.add(target(4, 1, List.of("c")));
    pool.update(targets);
  }

  @AfterEach
  void close() throws InterruptedException {
    loops.stop(Duration.ofSeconds(5));
  }

  private static EndpointTarget target(int port, int tier, @Nullable List<String> zones) {
    var endpoint =
        new EndpointsConfig.Endpoint(
            "127.0.0.1",
            port,
            1,
            tier,
            EndpointsConfig.State.Ready,
            0,
            true,
            null,
            String.valueOf(port),
            zones);
    return new EndpointTarget(endpoint, new InetSocketAddress("127.0.0.1", port));
  }

  private Set<String> picked() {
    var names = new TreeSet<String>();
    for (int i = 0; i < 12; i++) {
      Endpoint endpoint = pool.acquire(new Pick());
      assertNotNull(endpoint);
      names.add(endpoint.name());
      endpoint.release();
    }
    return names;
  }

  private void healthy(int index, boolean value) {
    pool.endpoints().all().get(index).healthy(value);
  }

  @Test
  void withoutAZoneEveryEndpointOfTheTierTakesTraffic() {
    assertEquals(Set.of("1", "2", "3"), picked());
  }

  @Test
  void endpointsForTheZoneComeFirstWhileOneOfThemIsUsable() {
    pool.zone("a");
    assertEquals(Set.of("1", "2"), picked());
    healthy(0, false);
    assertEquals(Set.of("2"), picked());
    healthy(1, false);
    assertEquals(Set.of("3"), picked());
    healthy(0, true);
    assertEquals(Set.of("1"), picked());
  }

  @Test
  void aZoneThatNoEndpointIsForGetsAllOfThem() {
    pool.zone("d");
    assertEquals(Set.of("1", "2", "3"), picked());
  }

  @Test
  void aBackupOfTheZoneStaysABackup() {
    pool.zone("c");
    assertEquals(Set.of("1", "2", "3"), picked());
  }
}
