package dev.weir.proxy.runtime;

import dev.weir.config.ListenerConfig;
import dev.weir.config.RouteConfig;
import dev.weir.config.RouteConfig.Backend;
import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.edit.MessageEdits.Scope;
import dev.weir.proxy.exchange.Redirection;
import dev.weir.proxy.exchange.Route;
import dev.weir.proxy.exchange.Route.Destination;
import dev.weir.proxy.route.RouteTable;
import dev.weir.proxy.route.SniTable;
import dev.weir.proxy.upstream.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Everything that decides where a listener's requests go. Equal ones decide alike: pools are the
/// same by identity. Immutable.
///
/// @param routes those of the listener
/// @param pools the LoadBalancer's, by name
public record Routing(ListenerConfig config, List<RouteConfig> routes, Map<String, Target> pools) {
  private static final Scope NO_EDITS = new Scope(null, null);

  /// A pool and its header edits.
  public record Target(Pool pool, Scope edits) {}

  public Routing {
    routes = List.copyOf(routes);
    pools = Map.copyOf(pools);
  }

  /// The routes of a listener among those of its LoadBalancer.
  static Routing of(ListenerConfig config, List<RouteConfig> routes, Map<String, Target> pools) {
    return new Routing(
        config,
        routes.stream().filter(route -> route.listeners().contains(config.name())).toList(),
        pools);
  }

  /// The pool that takes what no route takes; null when there is none.
  @Nullable Pool defaultPool() {
    String name = config.defaultPool();
    return name == null ? null : target(name).pool();
  }

  /// The routes, compiled.
  RouteTable<Route> table() {
    return RouteTable.of(routes, this::route);
  }

  /// The routes of a listener that passes TLS through, compiled; null for another one.
  @Nullable SniTable<Route> names() {
    return config.passthrough() ? SniTable.of(routes, this::relayed) : null;
  }

  private Route relayed(RouteConfig route) {
    var destinations = new ArrayList<Destination>();
    var weights = new ArrayList<Integer>();
    for (Backend backend : route.backends()) {
      destinations.add(new Destination(target(backend.pool()).pool(), MessageEdits.NONE));
      weights.add(backend.weight());
    }
    return Route.to(destinations, weights);
  }

  /// Where what no route takes goes; null for nowhere.
  @Nullable Route fallback() {
    String name = config.defaultPool();
    return name == null ? null : Route.to(destination(name, NO_EDITS));
  }

  private String scheme() {
    return config.tls() == null ? "http" : "https";
  }

  private Route route(RouteConfig route) {
    var redirect = route.redirect();
    if (redirect != null) {
      return Route.elsewhere(new Redirection(route, redirect, scheme()));
    }
    var edits = new Scope(route.requestHeaders(), route.responseHeaders());
    var destinations = new ArrayList<Destination>();
    var weights = new ArrayList<Integer>();
    for (Backend backend : route.backends()) {
      destinations.add(destination(backend.pool(), edits));
      weights.add(backend.weight());
    }
    return Route.to(destinations, weights);
  }

  private Destination destination(String pool, Scope route) {
    Target target = target(pool);
    var own = new Scope(config.requestHeaders(), config.responseHeaders());
    return new Destination(
        target.pool(), MessageEdits.of(config.name(), own, route, target.edits()));
  }

  private Target target(String pool) {
    return Objects.requireNonNull(pools.get(pool), "validated: the pool is there");
  }
}
