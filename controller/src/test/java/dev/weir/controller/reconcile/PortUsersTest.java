package dev.weir.controller.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.Credentials;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References;
import dev.weir.config.render.RenderOptions;
import dev.weir.config.render.Renderer;
import dev.weir.controller.gather.Observed;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A change concerns those with whom it has ports in common, and nobody else.
class PortUsersTest {
  private final PortUsers users = new PortUsers();

  @Test
  void onlyThoseWhoShareAPortAreReachedHoweverManyThereAre() {
    for (int i = 0; i < 3000; i++) {
      put("lb" + i, 10_000 + i);
    }
    assertEquals(Set.of(name("lb7")), users.reach(Set.of(10_007)));
    assertEquals(Set.of(), users.reach(Set.of(9_999)));
  }

  @Test
  void overPortsInCommonOthersAreReachedToo() {
    put("a", 80);
    put("b", 80, 81);
    put("c", 81, 82);
    put("d", 83);
    assertEquals(Set.of(name("a"), name("b"), name("c")), users.reach(Set.of(82)));
    assertEquals(Set.of(name("d")), users.reach(Set.of(83)));
  }

  @Test
  void thePortsOfAServedVersionCountUntilItIsServedNoMore() {
    users.put(name("a"), member(config("a", 90), config("a", 80)));
    assertEquals(Set.of(name("a")), users.reach(Set.of(80)));
    put("a", 90);
    assertEquals(Set.of(), users.reach(Set.of(80)));
    assertEquals(Set.of(name("a")), users.reach(Set.of(90)));
    users.put(name("a"), null);
    assertEquals(Set.of(), users.reach(Set.of(90)));
    assertEquals(Set.of(), users.ports(name("a")));
  }

  private void put(String name, int... ports) {
    LoadBalancerConfig config = config(name, ports);
    users.put(name(name), member(config, config));
  }

  private static ObjectName name(String name) {
    return new ObjectName("default", name);
  }

  private static Member member(LoadBalancerConfig config, @Nullable LoadBalancerConfig served) {
    var seen =
        new Observed(
            ManifestReader.read("f", text("a", 1)).loadBalancers().getFirst(),
            "uid",
            1,
            null,
            null);
    return new Member(
        seen,
        config,
        List.of(),
        Credentials.NONE,
        List.of(),
        List.of(),
        List.of(),
        served,
        List.of(),
        Credentials.NONE);
  }

  private static LoadBalancerConfig config(String name, int... ports) {
    var resource = ManifestReader.read("f", text(name, ports)).loadBalancers().getFirst();
    var config =
        new Renderer(RenderOptions.kubernetes(false)).render(resource, References.NONE).config();
    return Objects.requireNonNull(config);
  }

  private static String text(String name, int... ports) {
    var listeners = new StringBuilder();
    for (int port : ports) {
      listeners.append("{name: p%d, port: %d},".formatted(port, port));
    }
    return """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: %s}
        spec:
          listeners: [%s]
          pools: [{name: web, endpoints: [{address: 10.0.0.1, port: 80}]}]
        """
        .formatted(name, listeners);
  }
}
