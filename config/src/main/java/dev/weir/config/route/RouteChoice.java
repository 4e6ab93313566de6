package dev.weir.config.route;

import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Path;
import dev.weir.config.RouteConfig.PathMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which routes fit a request, and which of them takes it: the precedence of [RouteConfig].
public final class RouteChoice {
  private static final Path EVERY_PATH = new Path(PathMatch.Prefix, "/");
  private static final String WILD = "*.";

  private RouteChoice() {}

  /// A route that fits, by one of its hosts and one of its paths.
  ///
  /// @param host as the route has it; null when it has none
  /// @param path as the route has it; null when it has none
  public record Match(RouteConfig route, @Nullable String host, @Nullable Path path) {
    private static final Comparator<Match> BEST_FIRST =
        Comparator.comparingInt((Match m) -> m.route.priority())
            .thenComparing(m -> m.host != null && !m.host.startsWith(WILD))
            .thenComparing(m -> m.host == null ? 0 : m.host.length())
            .thenComparing(m -> m.path != null && m.path.match() == PathMatch.Exact)
            .thenComparing(m -> m.path == null ? 0 : m.path.elements().length())
            .reversed()
            .thenComparing(m -> m.route.name());
  }

  /// All that fit, each route once by its best match. The first one takes the request; the order of
  /// the routes does not matter.
  ///
  /// @param routes of one listener
  /// @param host without a port, in any case; empty when the request has none
  /// @param path as the client sends it, without its query
  public static List<Match> matches(List<RouteConfig> routes, String host, String path) {
    var best = new ArrayList<Match>();
    for (var route : routes) {
      var fitting = new ArrayList<Match>();
      for (var wanted : hosts(route, host.toLowerCase(Locale.ROOT))) {
        for (var candidate : paths(route, path)) {
          fitting.add(
              new Match(
                  route,
                  wanted.isEmpty() ? null : wanted,
                  route.paths().isEmpty() ? null : candidate));
        }
      }
      fitting.stream().min(Match.BEST_FIRST).ifPresent(best::add);
    }
    best.sort(Match.BEST_FIRST);
    return best;
  }

  /// The hosts of the route that fit; an empty one when it has none and takes every host.
  private static List<String> hosts(RouteConfig route, String host) {
    return route.hosts().isEmpty()
        ? List.of("")
        : route.hosts().stream().filter(wanted -> HostChoice.fits(wanted, host)).toList();
  }

  private static List<Path> paths(RouteConfig route, String path) {
    return route.paths().isEmpty()
        ? List.of(EVERY_PATH)
        : route.paths().stream().filter(wanted -> fits(wanted, path)).toList();
  }

  private static boolean fits(Path wanted, String path) {
    return switch (wanted.match()) {
      case Exact -> path.equals(wanted.value());
      case Prefix -> path.equals(wanted.elements()) || path.startsWith(wanted.elements() + "/");
    };
  }
}
