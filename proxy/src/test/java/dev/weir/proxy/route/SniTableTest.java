package dev.weir.proxy.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.config.RouteConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SniTableTest {

  private static RouteConfig route(String name, int priority, List<String> hosts, String... alpn) {
    return new RouteConfig(
        name,
        List.of("tls"),
        hosts,
        List.of(),
        List.of(alpn),
        priority,
        List.of(),
        null,
        null,
        null);
  }

  private static @Nullable String find(
      List<RouteConfig> routes, @Nullable String name, String... protocols) {
    return SniTable.of(routes, RouteConfig::name).find(name, List.of(protocols));
  }

  @Test
  void theMoreSpecificNameTakesTheConnection() {
    var routes =
        List.of(
            route("name", 0, List.of("a.test")),
            route("wild", 0, List.of("*.a.test", "*.c.test")),
            route("longer", 0, List.of("*.b.a.test")),
            route("every", 0, List.of()));
    assertEquals("name", find(routes, "a.test"));
    assertEquals("wild", find(routes, "x.a.test"));
    assertEquals("wild", find(routes, "b.a.test"));
    assertEquals("longer", find(routes, "x.b.a.test"));
    assertEquals("every", find(routes, "test"));
    assertEquals("every", find(routes, null));
    assertNull(find(routes.subList(0, 3), "test"));
    assertNull(find(routes.subList(0, 3), null));
    assertNull(find(routes.subList(0, 3), ".a.test"));
  }

  @Test
  void aProtocolGoesBeforeNoneAndTheOneThatIsOfferedFirstBeforeOthers() {
    var routes =
        List.of(
            route("plain", 0, List.of("a.test")),
            route("h2", 0, List.of("a.test"), "h2"),
            route("old", 0, List.of("a.test"), "http/1.1", "http/1.0"));
    assertEquals("h2", find(routes, "a.test", "h2", "http/1.1"));
    assertEquals("old", find(routes, "a.test", "http/1.1", "h2"));
    assertEquals("old", find(routes, "a.test", "x", "http/1.0"));
    assertEquals("plain", find(routes, "a.test", "x"));
    assertEquals("plain", find(routes, "a.test"));
  }

  @Test
  void aNameWhoseProtocolsDoNotFitLeavesTheConnectionToOthers() {
    var routes =
        List.of(route("h2", 0, List.of("a.test"), "h2"), route("wild", 0, List.of("*.test")));
    assertEquals("h2", find(routes, "a.test", "h2"));
    assertEquals("wild", find(routes, "a.test", "http/1.1"));
  }

  @Test
  void priorityGoesBeforeAllAndNamesOfRoutesDecideLast() {
    assertEquals(
        "every",
        find(
            List.of(route("every", 1, List.of()), route("name", 0, List.of("a.test"), "h2")),
            "a.test",
            "h2"));
    assertEquals(
        "a",
        find(
            List.of(route("b", 0, List.of("a.test")), route("a", 0, List.of("a.test"))), "a.test"));
  }
}
