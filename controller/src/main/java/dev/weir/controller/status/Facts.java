package dev.weir.controller.status;

import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.config.stream.Version;
import dev.weir.controller.infra.InfraState;
import dev.weir.controller.reconcile.Member;
import dev.weir.controller.stream.SessionState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a status is made of.
///
/// @param changedAt the version with which what proxies should run last changed; null when nothing
///   was published
/// @param sessions the connected proxies of its group
/// @param before the status as it is now; null when there is none
record Facts(
    Member member,
    @Nullable Version changedAt,
    List<SessionState> sessions,
    HealthBook health,
    InfraState infra,
    @Nullable LoadBalancerStatus before,
    Instant now) {

  String name() {
    return member.seen().resource().name().toString();
  }

  /// Whether the proxy runs what it should of this LoadBalancer.
  boolean current(SessionState session) {
    Version wanted = changedAt;
    Version acked = session.acked();
    return wanted != null && acked != null && !older(acked, wanted) && !rejects(session);
  }

  boolean rejects(SessionState session) {
    return session.rejected().stream().anyMatch(r -> r.loadBalancer().equals(name()));
  }

  private static boolean older(Version a, Version b) {
    if (!a.lease().equals(b.lease())) {
      return a.leaseCreated() < b.leaseCreated();
    }
    return a.transitions() < b.transitions()
        || a.transitions() == b.transitions() && a.counter() < b.counter();
  }
}
