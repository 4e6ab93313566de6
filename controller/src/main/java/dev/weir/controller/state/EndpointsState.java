package dev.weir.controller.state;

import dev.weir.config.EndpointsConfig;
import dev.weir.controller.reconcile.Member;
import dev.weir.controller.status.HealthBook;
import dev.weir.controller.stream.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the proxies of one controller say of the endpoints of one LoadBalancer.
///
/// @param loadBalancer `namespace/name`
/// @param proxies how many are connected
/// @param zones how many of them run in each zone that is known
public record EndpointsState(
    String loadBalancer, int proxies, Map<String, Integer> zones, List<Endpoint> endpoints) {

  /// One endpoint of one pool.
  ///
  /// @param pool its name in the LoadBalancer
  /// @param endpoint `address:port`
  /// @param healthy how many proxies call it healthy
  /// @param reporting how many say anything of it
  /// @param reason of one of those that do not; null when all do
  /// @param since when it became so
  public record Endpoint(
      String pool,
      String endpoint,
      int healthy,
      int reporting,
      @Nullable String reason,
      @Nullable String since) {}

  /// As it is now.
  public static EndpointsState of(Member member, List<SessionState> sessions, HealthBook book) {
    var ids = sessions.stream().map(s -> s.proxy().session()).toList();
    Map<String, Integer> zones = new TreeMap<>();
    for (SessionState session : sessions) {
      if (session.proxy().zone() != null) {
        zones.merge(session.proxy().zone(), 1, Integer::sum);
      }
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (EndpointsConfig pool : member.servedEndpoints()) {
      String name = pool.pool().substring(pool.pool().lastIndexOf('/') + 1);
      for (EndpointsConfig.Endpoint endpoint : pool.endpoints()) {
        var votes = book.votes(ids, pool.pool(), endpoint.authority());
        var complaint = votes.complaint();
        endpoints.add(
            new Endpoint(
                name,
                endpoint.authority(),
                votes.healthy(),
                votes.reporting(),
                complaint == null ? null : complaint.reason(),
                complaint == null ? null : complaint.since().toString()));
      }
    }
    return new EndpointsState(
        member.seen().resource().name().toString(), sessions.size(), zones, endpoints);
  }
}
