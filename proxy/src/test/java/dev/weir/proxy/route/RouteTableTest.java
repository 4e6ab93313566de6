package dev.weir.proxy.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Path;
import dev.weir.config.RouteConfig.PathMatch;
import dev.weir.config.route.RouteChoice;
import dev.weir.proxy.http1.HeadParser;
import dev.weir.proxy.message.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Routes as a proxy looks them up; [RouteChoice] says what they mean.
class RouteTableTest {
  private static final List<RouteConfig> SHOP =
      List.of(
          route("everything", 0, List.of()),
          route("api", 0, List.of(), "/api"),
          route("api-v2", 0, List.of(), "/api/v2/"),
          route("api-exact", 0, List.of(), "=/api"),
          route("shop", 0, List.of("shop.example.com")),
          route("shop-cart", 0, List.of("shop.example.com"), "/cart"),
          route("wild", 0, List.of("*.example.com"), "/wild"),
          route("wild-deep", 0, List.of("*.eu.example.com"), "/wild"),
          route("maintenance", 9, List.of(), "=/down"),
          route("both", 0, List.of("a.test", "b.test"), "/x", "/y"));

  @ParameterizedTest
  @CsvSource({
    "other.test, /, everything",
    "other.test, /api, api-exact",
    "other.test, /api?a=/b, api-exact",
    "other.test, /api/, api",
    "other.test, /api/x, api",
    "other.test, /apix, everything",
    "other.test, /api/v2, api-v2",
    "other.test, /api/v2/, api-v2",
    "other.test, /api/v2/x/y, api-v2",
    "other.test, /api/v2x, api",
    "other.test, /API, everything",
    "shop.example.com, /api, shop",
    "shop.example.com, /cart/1, shop-cart",
    "SHOP.Example.COM:8080, /cart, shop-cart",
    "www.example.com, /wild/1, wild",
    "a.b.example.com, /wild, wild",
    "a.eu.example.com, /wild, wild-deep",
    "www.example.com, /else, everything",
    "example.com, /wild, everything",
    "shop.example.com, /down, maintenance",
    "b.test, /y/1, both",
    "b.test, /z, everything",
    "[::1]:80, /api/1, api",
  })
  void theMostSpecificRouteTakesTheRequest(String host, String target, String route) {
    assertEquals(route, find(SHOP, host, target));
  }

  @Test
  void theOrderOfTheFileDoesNotMatterAndPrecedenceIsGatewayApis() {
    var random = new Random(42);
    for (int i = 0; i < 4_000; i++) {
      var routes = randomRoutes(random, i % 3);
      var host = pick(random, "a.test", "B.a.Test", "c.b.a.test", "other", "xa.test", "test");
      var target = pick(random, "/", "/x", "/x/y", "/x/y/z", "/xy", "/x/", "/x?y=/x/y", "//x");
      var expected = preferred(routes, host, target.replaceFirst("[?].*", ""));
      assertEquals(expected, find(routes, host, target), () -> host + target + " in " + routes);
      var shuffled = new ArrayList<>(routes);
      Collections.shuffle(shuffled, random);
      assertEquals(expected, find(shuffled, host, target), () -> host + target + " in " + routes);
    }
  }

  private static @Nullable String preferred(List<RouteConfig> routes, String host, String path) {
    return RouteChoice.matches(routes, host, path).stream()
        .map(match -> match.route().name())
        .findFirst()
        .orElse(null);
  }

  @Test
  void ofTwoAlikeTheFirstInTheAlphabetTakesTheRequest() {
    assertEquals(
        "a",
        find(List.of(route("b", 0, List.of(), "/x"), route("a", 0, List.of(), "/x/")), "h", "/x"));
  }

  @Test
  void nothingIsFoundWhereNoRouteFits() {
    assertEquals(null, find(List.of(route("a", 0, List.of("h"), "/x")), "h", "/y"));
    assertEquals(null, find(List.of(), "h", "/y"));
  }

  private static List<RouteConfig> randomRoutes(Random random, int priorities) {
    var routes = new ArrayList<RouteConfig>();
    for (int i = 0; i < 12; i++) {
      var hosts = new TreeSet<String>();
      var paths = new TreeSet<String>();
      for (int n = random.nextInt(3); n > 0; n--) {
        hosts.add(pick(random, "a.test", "*.a.test", "*.test", "b.a.test", "*.b.a.test"));
        paths.add(pick(random, "/", "=/", "/x", "=/x", "/x/", "/x/y", "=/x/y", "=/x/"));
      }
      int priority = priorities == 0 ? 0 : random.nextInt(priorities * 2) - 1;
      routes.add(route("r" + i, priority, List.copyOf(hosts), paths.toArray(String[]::new)));
    }
    return routes;
  }

  private static String pick(Random random, String... from) {
    return from[random.nextInt(from.length)];
  }

  private static @Nullable String find(List<RouteConfig> routes, String host, String target) {
    var head = new RequestHead();
    var bytes =
        ("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, head.reserve(bytes.length), 0, bytes.length);
    head.advance(bytes.length);
    assertEquals(bytes.length, new HeadParser(32 * 1024, 128).parse(head));
    return RouteTable.of(routes, RouteConfig::name).find(head);
  }

  /// @param paths prefixes, or exact with `=` in front
  private static RouteConfig route(String name, int priority, List<String> hosts, String... paths) {
    var matches =
        Arrays.stream(paths)
            .flatMap(
                path ->
                    Stream.of(
                        path.startsWith("=")
                            ? new Path(PathMatch.Exact, path.substring(1))
                            : new Path(PathMatch.Prefix, path)))
            .toList();
    return new RouteConfig(
        name, List.of("http"), hosts, matches, List.of(), priority, List.of(), null, null, null);
  }
}
