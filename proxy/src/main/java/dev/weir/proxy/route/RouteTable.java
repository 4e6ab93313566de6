package dev.weir.proxy.route;

import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Path;
import dev.weir.config.RouteConfig.PathMatch;
import dev.weir.proxy.message.RequestHead;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The routes of one listener. Immutable. Thread: any.
///
/// Precedence: see [RouteConfig]. A route whose host fits and whose path does not leaves the
/// request to those with a less specific host. A request costs one look at a hash table for each
/// label of its host and one for each element of its path, however many routes there are; with
/// several priorities the paths are looked up for each host that fits, and not only for the first.
///
/// @param <R> what a route leads to
public final class RouteTable<R> {
  private final Hosts<R> hosts;
  private final boolean flat;

  private RouteTable(Hosts<R> hosts, boolean flat) {
    this.hosts = hosts;
    this.flat = flat;
  }

  /// Compiles routes; the order that they come in does not matter. Of two that take the same
  /// requests the one whose name comes first in the alphabet does.
  public static <R> RouteTable<R> of(List<RouteConfig> routes, Function<RouteConfig, R> target) {
    var draft = new HostsDraft<R>();
    routes.stream()
        .sorted(
            Comparator.comparingInt(RouteConfig::priority)
                .reversed()
                .thenComparing(RouteConfig::name))
        .forEach(route -> draft.add(route, new Entry<>(route.priority(), target.apply(route))));
    boolean flat = routes.stream().mapToInt(RouteConfig::priority).distinct().count() <= 1;
    return new RouteTable<>(draft.compile(), flat);
  }

  /// A table without routes.
  public static <R> RouteTable<R> empty() {
    return new RouteTable<>(new HostsDraft<R>().compile(), true);
  }

  /// Where the request goes; null when no route takes it.
  public @Nullable R find(RequestHead request) {
    Entry<R> found =
        hosts.find(
            request.bytes(),
            request.authorityStart(),
            request.hostEnd(),
            request.pathStart(),
            request.queryStart(),
            flat);
    return found == null ? null : found.target();
  }

  /// Of two entries for the same request the one with the higher priority, or else the first.
  private static <R> @Nullable Entry<R> better(@Nullable Entry<R> one, @Nullable Entry<R> other) {
    return one == null || other != null && other.priority() > one.priority() ? other : one;
  }

  /// What a route leads to, and when.
  private record Entry<R>(int priority, R target) {}

  /// All routes.
  ///
  /// @param names by whole host
  /// @param suffixes by what follows `*.`
  /// @param every for every host
  private record Hosts<R>(
      ByteKeys<Paths<R>> names, ByteKeys<Paths<R>> suffixes, @Nullable Paths<R> every) {

    /// @param flat whether all priorities are the same, so that the first find is the best
    @Nullable Entry<R> find(
        byte[] bytes, int host, int hostEnd, int path, int pathEnd, boolean flat) {
      Paths<R> paths = names.get(bytes, host, hostEnd);
      Entry<R> found = paths == null ? null : paths.find(bytes, path, pathEnd);
      int last = suffixes.longest() > 0 ? hostEnd : 0;
      for (int i = host + 1; i < last && !(flat && found != null); i++) {
        paths = bytes[i] == '.' ? suffixes.get(bytes, i + 1, hostEnd) : null;
        found = paths == null ? found : better(found, paths.find(bytes, path, pathEnd));
      }
      return every == null || flat && found != null
          ? found
          : better(found, every.find(bytes, path, pathEnd));
    }
  }

  /// Routes of one host.
  ///
  /// @param exact by whole path
  /// @param prefixes by prefix without a slash at its end; not those that take everything
  /// @param every for every path
  private record Paths<R>(
      ByteKeys<Entry<R>> exact, ByteKeys<Entry<R>> prefixes, @Nullable Entry<R> every) {

    @Nullable Entry<R> find(byte[] bytes, int from, int to) {
      Entry<R> longest = every;
      int hash = 0;
      int last = Math.min(to, from + prefixes.longest());
      for (int i = from; i <= last; i++) {
        if (i > from && (i == to || bytes[i] == '/')) {
          longest = better(prefixes.get(bytes, from, i, hash), longest);
        }
        if (i < last) {
          hash = prefixes.next(hash, bytes[i]);
        }
      }
      return better(exact.get(bytes, from, to), longest);
    }
  }

  private static final class HostsDraft<R> {
    private final Map<String, PathsDraft<R>> names = new TreeMap<>();
    private final Map<String, PathsDraft<R>> suffixes = new TreeMap<>();
    private @Nullable PathsDraft<R> every;

    void add(RouteConfig route, Entry<R> entry) {
      if (route.hosts().isEmpty()) {
        if (every == null) {
          every = new PathsDraft<>();
        }
        every.add(route, entry);
      }
      for (String host : route.hosts()) {
        boolean wild = host.startsWith("*.");
        (wild ? suffixes : names)
            .computeIfAbsent(wild ? host.substring(2) : host, h -> new PathsDraft<>())
            .add(route, entry);
      }
    }

    Hosts<R> compile() {
      return new Hosts<>(
          new ByteKeys<>(compile(names), true),
          new ByteKeys<>(compile(suffixes), true),
          every == null ? null : every.compile());
    }

    private Map<String, Paths<R>> compile(Map<String, PathsDraft<R>> drafts) {
      var compiled = new TreeMap<String, Paths<R>>();
      drafts.forEach((word, draft) -> compiled.put(word, draft.compile()));
      return compiled;
    }
  }

  /// Routes come in by precedence: the first one stays.
  private static final class PathsDraft<R> {
    private final Map<String, Entry<R>> exact = new TreeMap<>();
    private final Map<String, Entry<R>> prefixes = new TreeMap<>();
    private @Nullable Entry<R> every;

    void add(RouteConfig route, Entry<R> entry) {
      if (route.paths().isEmpty()) {
        every = every == null ? entry : every;
      }
      for (Path path : route.paths()) {
        String prefix = path.elements();
        if (path.match() == PathMatch.Exact) {
          exact.putIfAbsent(path.value(), entry);
        } else if (prefix.isEmpty()) {
          every = every == null ? entry : every;
        } else {
          prefixes.putIfAbsent(prefix, entry);
        }
      }
    }

    Paths<R> compile() {
      return new Paths<>(new ByteKeys<>(exact, false), new ByteKeys<>(prefixes, false), every);
    }
  }
}
