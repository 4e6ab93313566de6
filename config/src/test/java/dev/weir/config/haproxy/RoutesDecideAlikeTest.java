package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.api.v1alpha1.RouteMatchSpec;
import dev.weir.api.v1alpha1.RouteSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiPredicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random lines `use_backend`: every request goes where HAProxy's first line that holds sends it.
class RoutesDecideAlikeTest {
  private static final int FILES = 300;
  private static final List<String> HOSTS =
      List.of("a.test", "b.a.test", "c.b.a.test", "x.a.test", "test", "other.example");
  private static final List<String> PATHS =
      List.of("/", "/p", "/p/", "/p/q", "/p/q/", "/p/q/r", "/q", "/q/p", "/r/s", "//", "/p//q");

  /// A condition as a file has it, and what it means.
  private record Condition(String text, BiPredicate<String, String> holds) {}

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static Condition term(Random random) {
    var host = pick(random, HOSTS);
    var path = pick(random, List.of("/p", "/p/q", "/q", "/p/q/r"));
    var condition =
        switch (random.nextInt(6)) {
          case 0 -> new Condition("{ hdr(host) -i " + host + " }", (h, p) -> h.equals(host));
          case 1 ->
              new Condition("{ hdr_end(host) -i ." + host + " }", (h, p) -> h.endsWith("." + host));
          case 2 -> new Condition("{ path " + path + " }", (h, p) -> p.equals(path));
          case 3 -> new Condition("{ path " + path + "/ }", (h, p) -> p.equals(path + "/"));
          case 4 -> new Condition("{ path_beg " + path + "/ }", (h, p) -> p.startsWith(path + "/"));
          default -> new Condition("{ path_beg " + path + " }", (h, p) -> p.startsWith(path));
        };
    return random.nextInt(4) == 0
        ? new Condition("!" + condition.text(), condition.holds().negate())
        : condition;
  }

  private static Condition condition(Random random) {
    var condition = term(random);
    var ors = condition.holds();
    var all = condition.holds();
    BiPredicate<String, String> before = (h, p) -> false;
    var text = new StringBuilder(condition.text());
    for (int i = random.nextInt(3); i > 0; i--) {
      var next = term(random);
      if (random.nextBoolean()) {
        before = before.or(all);
        all = next.holds();
        text.append(" or ");
      } else {
        all = all.and(next.holds());
        text.append(' ');
      }
      text.append(next.text());
      ors = before.or(all);
    }
    return random.nextInt(5) == 0
        ? new Condition("unless " + text, ors.negate())
        : new Condition("if " + text, ors);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyRequestGoesWhereItWent(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < FILES; i++) {
      var conditions = new ArrayList<Condition>();
      var text = new StringBuilder(Cfg.DEFAULTS);
      for (int b = 0; b < 4; b++) {
        text.append("backend b%d\n  server s 192.0.2.%d:80\n".formatted(b, b + 1));
      }
      text.append("frontend f\n  bind :80\n  default_backend b3\n");
      for (int n = 1 + random.nextInt(5); n > 0; n--) {
        var condition = condition(random);
        text.append("  use_backend b%d %s\n".formatted(conditions.size() % 3, condition.text()));
        conditions.add(condition);
      }
      var routes =
          Objects.requireNonNullElse(
              Cfg.spec(Cfg.read(text.toString())).routes(), List.<RouteSpec>of());
      for (var host : HOSTS) {
        for (var path : PATHS) {
          assertEquals(
              first(conditions, host, path),
              routed(routes, host, path),
              () -> "%s%s in\n%s%s".formatted(host, path, text, routes));
        }
      }
    }
  }

  private static String first(List<Condition> conditions, String host, String path) {
    for (int i = 0; i < conditions.size(); i++) {
      if (conditions.get(i).holds().test(host, path)) {
        return "b" + i % 3;
      }
    }
    return "b3";
  }

  /// One host and one match of a route that take the request, by how specific they are.
  private record Taker(int host, int path, String pool) {}

  private static String routed(List<RouteSpec> routes, String host, String path) {
    var takers = new ArrayList<Taker>();
    for (var route : routes) {
      var pool = Objects.requireNonNull(route.backends()).getFirst().pool();
      for (var hosts : Objects.requireNonNullElse(route.hosts(), List.of(""))) {
        for (var match :
            Objects.requireNonNullElse(
                route.matches(),
                List.of(new RouteMatchSpec(new RouteMatchSpec.Path(null, "/"), null)))) {
          int byHost = host(hosts, host);
          int byPath = path(Objects.requireNonNull(match.path()), path);
          if (byHost >= 0 && byPath >= 0) {
            takers.add(new Taker(byHost, byPath, pool));
          }
        }
      }
    }
    return takers.stream()
        .max(Comparator.comparingInt(Taker::host).thenComparingInt(Taker::path))
        .map(Taker::pool)
        .orElse("b3");
  }

  private static int host(String pattern, String host) {
    if (pattern.isEmpty()) {
      return 0;
    }
    if (pattern.startsWith("*.")) {
      return host.endsWith(pattern.substring(1)) ? pattern.length() : -1;
    }
    return host.equals(pattern) ? 1000 : -1;
  }

  private static int path(RouteMatchSpec.Path pattern, String path) {
    if (pattern.exact() != null) {
      return path.equals(pattern.exact()) ? 1000 : -1;
    }
    var prefix = Objects.requireNonNull(pattern.prefix());
    boolean all = prefix.equals("/");
    return all || path.equals(prefix) || path.startsWith(prefix + "/") ? prefix.length() : -1;
  }
}
