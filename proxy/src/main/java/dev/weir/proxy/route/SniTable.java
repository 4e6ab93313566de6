package dev.weir.proxy.route;

import dev.weir.config.RouteConfig;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The routes of a listener that passes TLS through: by the name that a client asks for and the
/// protocols that it offers. Immutable. Thread: any.
///
/// Precedence: higher priority, then the more specific name, then a protocol before none, of
/// several protocols the one that the client offers first, then the route's name. A route whose
/// name fits and whose protocols do not leaves the connection to less specific ones. A look-up
/// costs one look at a hash table for each label and each protocol, however many routes there are.
///
/// @param <R> what a route leads to
public final class SniTable<R> {
  private static final String WILDCARD = "*.";

  private final Map<String, Offers<R>> names = new HashMap<>();
  private final Map<String, Offers<R>> suffixes = new HashMap<>();
  private final Offers<R> every = new Offers<>();

  private SniTable() {}

  /// Compiles routes; the order that they come in does not matter.
  public static <R> SniTable<R> of(List<RouteConfig> routes, Function<RouteConfig, R> target) {
    var table = new SniTable<R>();
    routes.stream()
        .sorted(
            Comparator.comparingInt(RouteConfig::priority)
                .reversed()
                .thenComparing(RouteConfig::name))
        .forEach(route -> table.add(route, new Entry<>(route.priority(), target.apply(route))));
    return table;
  }

  private void add(RouteConfig route, Entry<R> entry) {
    if (route.hosts().isEmpty()) {
      every.add(route.alpn(), entry);
    }
    for (String host : route.hosts()) {
      boolean wild = host.startsWith(WILDCARD);
      (wild ? suffixes : names)
          .computeIfAbsent(wild ? host.substring(WILDCARD.length()) : host, h -> new Offers<>())
          .add(route.alpn(), entry);
    }
  }

  /// Where the connection goes; null when no route takes it.
  ///
  /// @param name in lower case; null takes routes without hosts alone
  public @Nullable R find(@Nullable String name, List<String> protocols) {
    Entry<R> best = null;
    if (name != null) {
      best = found(names.get(name), protocols);
      for (int dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        best = better(best, found(suffixes.get(name.substring(dot + 1)), protocols));
      }
    }
    best = better(best, every.find(protocols));
    return best == null ? null : best.target();
  }

  private static <R> @Nullable Entry<R> found(@Nullable Offers<R> offers, List<String> protocols) {
    return offers == null ? null : offers.find(protocols);
  }

  /// Of two entries for the same connection the one with the higher priority, or else the first.
  private static <R> @Nullable Entry<R> better(@Nullable Entry<R> one, @Nullable Entry<R> other) {
    return one == null || other != null && other.priority() > one.priority() ? other : one;
  }

  /// What a route leads to, and when.
  private record Entry<R>(int priority, R target) {}

  /// Routes of one name. They come in by precedence: the first one stays.
  private static final class Offers<R> {
    private final Map<String, Entry<R>> byProtocol = new HashMap<>();
    private @Nullable Entry<R> any;

    void add(List<String> protocols, Entry<R> entry) {
      protocols.forEach(protocol -> byProtocol.putIfAbsent(protocol, entry));
      if (protocols.isEmpty() && any == null) {
        any = entry;
      }
    }

    @Nullable Entry<R> find(List<String> protocols) {
      Entry<R> best = null;
      if (!byProtocol.isEmpty()) {
        for (String protocol : protocols) {
          best = better(best, byProtocol.get(protocol));
        }
      }
      return better(best, any);
    }
  }
}
