package dev.weir.controller.status;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.stream.Version;
import dev.weir.controller.canary.Stage;
import dev.weir.controller.infra.InfraState;
import dev.weir.controller.reconcile.Member;
import dev.weir.controller.stream.SessionState;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Everything that a status is made of.
///
/// @param changedAt the version with which what proxies should run last changed; null when nothing
///   was published
/// @param sessions the connected proxies of its group
/// @param stage how far the latest has come
/// @param before the status as it is now; null when there is none
record Facts(
    Member member,
    @Nullable Version changedAt,
    List<SessionState> sessions,
    HealthBook health,
    InfraState infra,
    Stage stage,
    @Nullable LoadBalancerStatus before,
    Instant now) {

  String name() {
    return member.seen().resource().name().toString();
  }

  /// Whether the proxy runs what it should of this LoadBalancer.
  boolean current(SessionState session) {
    Version wanted = changedAt;
    Version acked = session.acked();
    return wanted != null
        && acked != null
        && !acked.before(wanted)
        && (stopped() || !session.waits(name()))
        && !rejects(session);
  }

  /// The sessions whose proxies are current.
  Set<Long> runners() {
    return sessions.stream()
        .filter(this::current)
        .map(session -> session.proxy().session())
        .collect(Collectors.toSet());
  }

  /// Whether the latest goes to nobody: then proxies should run what they ran before.
  private boolean stopped() {
    return stage.trial() != null && stage.trial().stopped() != null;
  }

  /// Whether proxies are about to say something that would make a status of now a wrong one: none
  /// has acked the latest version yet, or nothing is known yet of the endpoints of a pool that
  /// seems dead.
  boolean awaitsProxies() {
    if (sessions.isEmpty() || changedAt == null) {
      return false;
    }
    List<Long> current =
        sessions.stream().filter(this::current).map(s -> s.proxy().session()).toList();
    if (current.isEmpty()) {
      return sessions.stream().noneMatch(this::rejects);
    }
    return member.servedEndpoints().stream().anyMatch(pool -> unknown(pool, current));
  }

  /// Whether proxies that keep up have still to say that they run what it should be, or that they
  /// reject it.
  boolean awaitsOthers() {
    return changedAt != null
        && sessions.stream()
            .anyMatch(
                session ->
                    !session.lagging()
                        && !session.waits(name())
                        && !current(session)
                        && !rejects(session));
  }

  private boolean unknown(EndpointsConfig pool, List<Long> current) {
    boolean unreported = false;
    for (EndpointsConfig.Endpoint endpoint : pool.endpoints()) {
      var votes = health.votes(current, pool.pool(), endpoint.authority());
      if (votes.isHealthy()) {
        return false;
      }
      unreported |= votes.reporting() == 0;
    }
    return unreported;
  }

  /// Whether fewer proxies are here, and have said how their endpoints are, than the status counts.
  boolean missesProxies() {
    var told = before == null ? null : before.proxies();
    long here = sessions.stream().filter(s -> health.knows(s.proxy().session())).count();
    return told != null && here < told.current();
  }

  boolean rejects(SessionState session) {
    return session.rejected().stream()
        .anyMatch(r -> r.part() == null && r.loadBalancer().equals(name()));
  }
}
