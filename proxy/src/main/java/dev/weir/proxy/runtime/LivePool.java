package dev.weir.proxy.runtime;

import dev.weir.config.Addresses;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.PoolConfig;
import dev.weir.proxy.dns.Names;
import dev.weir.proxy.health.HealthChecker;
import dev.weir.proxy.tls.OriginTls;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Pool;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A pool that runs, with the configuration of its endpoints and where their names point. Outlives
/// generations.
///
/// Thread: the apply thread changes the configuration, the control loop the addresses; the lock
/// keeps them apart.
final class LivePool {
  private static final Logger LOG = LoggerFactory.getLogger(LivePool.class);

  private final Pool pool;
  private final Names names;
  private final HealthChecker health;
  private EndpointsConfig endpoints;
  private @Nullable String tlsProblem;
  private boolean closed;

  LivePool(Pool pool, EndpointsConfig endpoints, Names names, HealthChecker health) {
    this.pool = pool;
    this.endpoints = endpoints;
    this.names = names;
    this.health = health;
    OriginTls tls = pool.approach().tls();
    this.tlsProblem = tls == null ? null : tls.problem();
  }

  /// How endpoints are approached, with what a pool needs for TLS.
  ///
  /// @param before how they are now; what is equal goes on as it is
  static Approach approach(DecodedLoadBalancer loadBalancer, PoolConfig config, Approach before) {
    PoolConfig.Tls tls = config.tls();
    OriginTls made = null;
    if (tls != null) {
      var settings =
          new OriginTls.Settings(
              tls,
              config.protocol(),
              tls.trust() == null ? null : loadBalancer.trusts().get(tls.trust()),
              tls.certificate() == null
                  ? null
                  : loadBalancer.certificates().get(tls.certificate()));
      OriginTls now = before.tls();
      if (now != null && now.settings().equals(settings)) {
        made = now;
      } else {
        made = OriginTls.of(settings);
        if (!tls.verified()) {
          LOG.warn(
              "pool {}: the certificates of its endpoints are not verified",
              config.resourceName(loadBalancer.name()));
        }
      }
    }
    return new Approach(made, config.proxyProtocol());
  }

  /// Why connections to endpoints cannot be made as they should; null when they can.
  synchronized @Nullable String tlsProblem() {
    return tlsProblem;
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

  /// Puts another configuration in force, as far as it is another one. What was there for TLS stays
  /// while what should replace it cannot be used.
  synchronized void configure(
      DecodedLoadBalancer loadBalancer, PoolConfig config, EndpointsConfig newEndpoints) {
    Approach now = pool.approach();
    Approach next = approach(loadBalancer, config, now);
    OriginTls tls = next.tls();
    tlsProblem = tls == null ? null : tls.problem();
    boolean keep =
        tlsProblem != null
            && now.tls() != null
            && now.tls().problem() == null
            && now.tls().settings().config().equals(config.tls());
    if (keep) {
      next = new Approach(now.tls(), next.announces());
    }
    boolean same = config.equals(pool.config()) && next.equals(now);
    if (!same) {
      pool.configure(config, next);
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
