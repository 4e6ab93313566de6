package dev.weir.controller.tools;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.EndpointsConfig.State;
import dev.weir.config.PoolConfig;
import dev.weir.config.render.EndpointSlices;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.Problem;
import dev.weir.config.render.References;
import dev.weir.config.render.Rendered;
import dev.weir.controller.state.EndpointsState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Says why endpoints are in or out. Pure.
///
/// @param references what Services are resolved with
/// @param services the Service of each pool that has one, by `namespace/name/pool`
/// @param health what proxies say, by LoadBalancer; empty when nobody could be asked
record EndpointReasons(
    References references,
    Map<String, ServicePort> services,
    Map<String, List<EndpointsState>> health) {

  /// What a pool's endpoints come from.
  record ServicePort(ObjectName service, String port) {}

  /// A pool with its endpoints, those that are out for want of readiness included.
  Explanation.Pool pool(Rendered rendered, String pool, @Nullable String share) {
    String resource = rendered.name() + "/" + pool;
    PoolConfig config =
        rendered.config() == null
            ? null
            : rendered.config().pools().stream()
                .filter(p -> p.name().equals(pool))
                .findFirst()
                .orElse(null);
    List<EndpointsConfig.Endpoint> configured =
        rendered.endpoints().stream()
            .filter(e -> e.pool().equals(resource))
            .flatMap(e -> e.endpoints().stream())
            .toList();
    List<Explanation.Endpoint> endpoints =
        new ArrayList<>(judged(rendered.name(), pool, configured));
    var known = new HashSet<String>();
    configured.forEach(endpoint -> known.add(endpoint.authority()));
    endpoints.addAll(refused(rendered, pool));
    ServicePort from = services.get(resource);
    if (from != null) {
      endpoints.addAll(unready(from, known));
    }
    return new Explanation.Pool(
        pool, share, config == null ? "unknown" : config.algorithm().name(), endpoints);
  }

  private List<Explanation.Endpoint> judged(
      ObjectName loadBalancer, String pool, List<EndpointsConfig.Endpoint> configured) {
    List<@Nullable String> reasons = new ArrayList<>();
    for (var endpoint : configured) {
      reasons.add(against(loadBalancer, pool, endpoint));
    }
    int tier = Integer.MAX_VALUE;
    for (int i = 0; i < configured.size(); i++) {
      if (reasons.get(i) == null) {
        tier = Math.min(tier, configured.get(i).tier());
      }
    }
    List<EndpointsConfig.Endpoint> first = new ArrayList<>();
    for (int i = 0; i < configured.size(); i++) {
      if (reasons.get(i) == null && configured.get(i).tier() == tier) {
        first.add(configured.get(i));
      }
    }
    var byZone = ZoneReasons.of(first, health.getOrDefault(loadBalancer.toString(), List.of()));
    List<Explanation.Endpoint> judged = new ArrayList<>();
    for (int i = 0; i < configured.size(); i++) {
      var endpoint = configured.get(i);
      String reason = reasons.get(i);
      if (reason == null && endpoint.tier() > tier) {
        reason = "backup: tier " + endpoint.tier() + " waits while one of tier " + tier + " is in";
      }
      reason = reason == null ? byZone.against(endpoint) : reason;
      judged.add(
          new Explanation.Endpoint(
              endpoint.authority(),
              endpoint.name(),
              reason == null,
              reason == null
                  ? inFavour(loadBalancer, pool, endpoint) + byZone.note(endpoint)
                  : reason));
    }
    return judged;
  }

  /// What speaks against an endpoint by itself; null for nothing.
  private @Nullable String against(
      ObjectName loadBalancer, String pool, EndpointsConfig.Endpoint endpoint) {
    if (endpoint.state() == State.Drain) {
      return "state Drain: it finishes what it has";
    }
    if (endpoint.state() == State.Maintenance) {
      return "state Maintenance";
    }
    if (endpoint.weight() == 0) {
      return "weight 0";
    }
    EndpointsState.Endpoint told = health(loadBalancer, pool, endpoint.authority());
    return told != null && told.reporting() > 0 && told.healthy() == 0
        ? "unhealthy for %d of %d proxies: %s, since %s"
            .formatted(told.reporting(), told.reporting(), told.reason(), told.since())
        : null;
  }

  private String inFavour(ObjectName loadBalancer, String pool, EndpointsConfig.Endpoint endpoint) {
    String weight = "weight " + endpoint.weight();
    EndpointsState.Endpoint told = health(loadBalancer, pool, endpoint.authority());
    if (told == null) {
      return weight;
    }
    return told.reporting() == 0
        ? weight + ", no proxy has said how it is"
        : weight
            + ", healthy for %d of %d proxies".formatted(told.healthy(), told.reporting())
            + (told.reason() == null ? "" : ", else " + told.reason());
  }

  /// What the proxies of all controllers say together; null when nobody could be asked.
  private EndpointsState.@Nullable Endpoint health(
      ObjectName loadBalancer, String pool, String authority) {
    int healthy = 0;
    int reporting = 0;
    EndpointsState.Endpoint complaint = null;
    boolean asked = false;
    for (EndpointsState state : health.getOrDefault(loadBalancer.toString(), List.of())) {
      for (EndpointsState.Endpoint endpoint : state.endpoints()) {
        if (endpoint.pool().equals(pool) && endpoint.endpoint().equals(authority)) {
          asked = true;
          healthy += endpoint.healthy();
          reporting += endpoint.reporting();
          complaint = endpoint.reason() == null ? complaint : endpoint;
        }
      }
    }
    return asked
        ? new EndpointsState.Endpoint(
            pool,
            authority,
            healthy,
            reporting,
            complaint == null ? null : complaint.reason(),
            complaint == null ? null : complaint.since())
        : null;
  }

  /// Those that the renderer left out.
  private static List<Explanation.Endpoint> refused(Rendered rendered, String pool) {
    String prefix = "spec.pools[" + pool + "].endpoints[";
    List<Explanation.Endpoint> refused = new ArrayList<>();
    for (Problem problem : rendered.problems()) {
      if (problem.path().startsWith(prefix)) {
        String rest = problem.path().substring(prefix.length());
        int end = rest.lastIndexOf(']');
        String authority = end < 0 ? rest : rest.substring(0, end);
        refused.add(new Explanation.Endpoint(authority, null, false, problem.message()));
      }
    }
    return refused;
  }

  private List<Explanation.Endpoint> unready(ServicePort from, HashSet<String> known) {
    var service = references.service(from.service());
    if (service == null) {
      return List.of();
    }
    return service.ports().stream()
        .filter(p -> from.port().equals(p.name()) || from.port().equals("" + p.port()))
        .findFirst()
        .map(
            port ->
                EndpointSlices.left(service, port, references.endpointSlices(from.service()))
                    .stream()
                    .filter(left -> known.add(left.authority()))
                    .map(
                        left -> new Explanation.Endpoint(left.authority(), null, false, left.why()))
                    .toList())
        .orElse(List.of());
  }
}
