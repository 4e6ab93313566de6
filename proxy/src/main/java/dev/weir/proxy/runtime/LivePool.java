package dev.weir.proxy.runtime;

import dev.weir.config.Addresses;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.PoolConfig;
import dev.weir.proxy.dns.Names;
import dev.weir.proxy.health.HealthChecker;
import dev.weir.proxy.upstream.Pool;
import java.util.Set;
import java.util.stream.Collectors;

/// A pool that runs, with the configuration of its endpoints and where their names point. Outlives
/// generations.
///
/// Thread: the apply thread changes the configuration, the control loop the addresses; the lock
/// keeps them apart.
final class LivePool {
  private final Pool pool;
  private final Names names;
  private final HealthChecker health;
  private EndpointsConfig endpoints;
  private boolean closed;

  LivePool(Pool pool, EndpointsConfig endpoints, Names names, HealthChecker health) {
    this.pool = pool;
    this.endpoints = endpoints;
    this.names = names;
    this.health = health;
  }

  Pool pool() {
    return pool;
  }

  /// The DNS names among the endpoints.
  static Set<String> dnsNames(EndpointsConfig endpoints) {
    return endpoints.endpoints().stream()
        .filter(endpoint -> !endpoint.unix())
        .map(EndpointsConfig.Endpoint::address)
        .filter(address -> Addresses.literal(address) == null)
        .collect(Collectors.toSet());
  }

  /// Puts another configuration in force, as far as it is another one.
  synchronized void configure(PoolConfig config, EndpointsConfig newEndpoints) {
    boolean same = config.equals(pool.config());
    if (!same) {
      pool.configure(config);
    }
    if (!newEndpoints.equals(endpoints) || !same) {
      endpoints = newEndpoints;
      refresh();
    }
  }

  /// Looks at the names again.
  synchronized void refresh() {
    if (closed) {
      return;
    }
    pool.update(
        EndpointTargets.expand(endpoints, pool.config().localEndpoints(), names::resolution));
    health.refresh(pool);
  }

  /// Looks at the names again when this one is among them.
  synchronized void resolved(String name) {
    boolean mine = endpoints.endpoints().stream().anyMatch(e -> e.address().equals(name));
    if (mine) {
      refresh();
    }
  }

  synchronized void close() {
    closed = true;
    health.forget(pool);
    pool.close();
  }
}
