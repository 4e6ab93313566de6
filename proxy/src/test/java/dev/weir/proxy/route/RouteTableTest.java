package dev.weir.proxy.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Path;
import dev.weir.config.RouteConfig.PathMatch;
import dev.weir.proxy.http1.HeadParser;
import dev.weir.proxy.message.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /// A route's host and path that take a request; the greatest is the one that Gateway API prefers.
  private record Taker(
      int priority, boolean wholeHost, int host, boolean exact, int path, String name)
      implements Comparable<Taker> {
    @Override
    public int compareTo(Taker other) {
      return Comparator.comparingInt(Taker::priority)
          .thenComparing(Taker::wholeHost)
          .thenComparing(Taker::host)
          .thenComparing(Taker::exact)
          .thenComparing(Taker::path)
          .thenComparing(Comparator.comparing(Taker::name).reversed())
          .compare(this, other);
    }
  }

  @Test
  void theOrderOfTheFileDoesNotMatterAndPrecedenceIsGatewayApis() {
    var random = new Random(42);
    for (int i = 0; i < 2_000; i++) {
      var routes = randomRoutes(random, i % 3);
      var host = pick(random, "a.test", "b.a.test", "c.b.a.test", "other", "xa.test", "test");
      var target = pick(random, "/", "/x", "/x/y", "/x/y/z", "/xy", "/x/", "/x?y=/x/y", "//x");
      var expected = preferred(routes, host, target.replaceFirst("[?].*", ""));
      assertEquals(expected, find(routes, host, target), () -> host + target + " in " + routes);
      var shuffled = new ArrayList<>(routes);
      Collections.shuffle(shuffled, random);
      assertEquals(expected, find(shuffled, host, target), () -> host + target + " in " + routes);
    }
  }

  private static @Nullable String preferred(List<RouteConfig> routes, String host, String path) {
    var takers = new TreeSet<Taker>();
    for (var route : routes) {
      var hosts = route.hosts().isEmpty() ? List.of("") : route.hosts();
      var paths =
          route.paths().isEmpty() ? List.of(new Path(PathMatch.Prefix, "/")) : route.paths();
      for (var wanted : hosts) {
        boolean wild = wanted.startsWith("*");
        boolean fits =
            wanted.isEmpty() || (wild ? host.endsWith(wanted.substring(1)) : host.equals(wanted));
        for (var match : paths) {
          boolean exact = match.match() == PathMatch.Exact;
          var prefix = match.value().replaceFirst("/$", "");
          if (fits
              && (exact
                  ? path.equals(match.value())
                  : path.equals(prefix) || path.startsWith(prefix + "/"))) {
            takers.add(
                new Taker(
                    route.priority(),
                    !wild && !wanted.isEmpty(),
                    wanted.length(),
                    exact,
                    prefix.length(),
                    route.name()));
          }
        }
      }
    }
    return takers.isEmpty() ? null : takers.last().name();
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
        name, List.of("http"), hosts, matches, priority, List.of(), null, null, null);
  }
}
