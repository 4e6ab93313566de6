package dev.weir.proxy.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.proxy.dns.Resolution;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Transport;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Pick;
import dev.weir.proxy.upstream.Pool;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A name whose owner changes his mind about where it points.
class RebindingTest {
  private static final String MANIFEST =
      """
      apiVersion: weir.dev/v1alpha1
      kind: LoadBalancer
      metadata: {name: lb}
      spec:
        listeners: [{name: http, port: 80}]
        pools: [{name: web, endpoints: [{address: web.example.com, port: 80}]}]
      """;

  private final EventLoops loops = EventLoops.start(Transport.detect(), 1);
  private Pool pool;
  private EndpointsConfig endpoints;

  @BeforeEach
  void open() throws Exception {
    var manifests = ManifestReader.read("test.yaml", MANIFEST);
    var rendered =
        new Renderer(RenderOptions.kubernetes(false))
            .render(manifests.loadBalancers().getFirst(), manifests.references());
    var config = Objects.requireNonNull(rendered.config()).pools().getFirst();
    assertFalse(config.localEndpoints());
    endpoints = rendered.endpoints().getFirst();
    pool = new Pool("ns/lb/web", config, Approach.PLAIN, loops.data());
  }

  @AfterEach
  void close() throws InterruptedException {
    loops.stop(Duration.ofSeconds(5));
  }

  /// As after each answer of a name server.
  private void resolves(String... addresses) throws UnknownHostException {
    var parsed = new ArrayList<InetAddress>();
    for (String address : addresses) {
      parsed.add(InetAddress.getByName(address));
    }
    var resolution = new Resolution(List.copyOf(parsed), null);
    pool.update(
        EndpointTargets.expand(endpoints, pool.config().localEndpoints(), name -> resolution));
  }

  private Set<Object> reached() {
    var reached = new HashSet<Object>();
    for (int i = 0; i < 8; i++) {
      var endpoint = pool.acquire(new Pick());
      if (endpoint != null) {
        reached.add(((InetSocketAddress) endpoint.address()).getAddress().getHostAddress());
        endpoint.release();
      }
    }
    return reached;
  }

  @Test
  void aNameThatPointsToThisMachineLaterReachesNothing() throws Exception {
    resolves("10.0.0.9");
    assertEquals(Set.of("10.0.0.9"), reached());
    for (String forbidden :
        List.of(
            "127.0.0.1",
            "169.254.169.254",
            "fd00:ec2::254",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "::ffff:127.0.0.1")) {
      resolves(forbidden);
      assertNull(pool.acquire(new Pick()), forbidden);
      assertFalse(pool.usable(), forbidden);
      resolves("10.0.0.9");
      assertNotNull(pool.acquire(new Pick()));
    }
  }

  @Test
  void ofSeveralAddressesTheForbiddenOneIsLeftOut() throws Exception {
    resolves("10.0.0.9", "127.0.0.1", "10.0.0.10");
    assertEquals(Set.of("10.0.0.9", "10.0.0.10"), reached());
  }
}
