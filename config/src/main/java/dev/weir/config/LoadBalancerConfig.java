package dev.weir.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// One LoadBalancer as a proxy runs it: the unit that a proxy accepts or rejects as a whole.
///
/// Everything is resolved and every default is applied. Endpoints are not here but in one
/// [EndpointsConfig] per pool, so that they can change without this resource. Lists keep the order
/// of the manifest; nothing is named by its index.
///
/// @param name `namespace/name`, unique in a fleet
/// @param binds the sockets that the listeners need, one per address and port
/// @param listeners each on exactly one bind of this LoadBalancer, perhaps with others
/// @param routes which requests of HTTP listeners go where
/// @param pools each with exactly one [EndpointsConfig] of the name [PoolConfig#resourceName]
public record LoadBalancerConfig(
    String name,
    List<BindConfig> binds,
    List<ListenerConfig> listeners,
    List<RouteConfig> routes,
    List<PoolConfig> pools) {

  public LoadBalancerConfig {
    binds = List.copyOf(binds);
    listeners = List.copyOf(listeners);
    routes = List.copyOf(routes);
    pools = List.copyOf(pools);
  }

  /// The names of the certificates and authorities that it refers to.
  public Set<String> credentials() {
    var names = new TreeSet<String>();
    for (var listener : listeners) {
      var tls = listener.tls();
      if (tls != null) {
        names.addAll(tls.certificates());
        if (tls.clientAuth() != null) {
          names.add(tls.clientAuth().trust());
        }
      }
    }
    for (var pool : pools) {
      var tls = pool.tls();
      if (tls != null) {
        Stream.of(tls.trust(), tls.certificate()).filter(Objects::nonNull).forEach(names::add);
      }
    }
    return names;
  }

  /// The pools that a listener's traffic can go to: its default pool and those of its routes.
  public List<String> poolsOf(ListenerConfig listener) {
    var reached = new LinkedHashSet<String>();
    if (listener.defaultPool() != null) {
      reached.add(listener.defaultPool());
    }
    for (RouteConfig route : routes) {
      if (route.listeners().contains(listener.name())) {
        route.backends().stream()
            .filter(backend -> backend.weight() > 0)
            .forEach(backend -> reached.add(backend.pool()));
      }
    }
    return List.copyOf(reached);
  }

  /// Whether a route of the listener answers without a pool.
  public boolean answers(ListenerConfig listener) {
    return routes.stream()
        .anyMatch(route -> route.redirect() != null && route.listeners().contains(listener.name()));
  }
}
