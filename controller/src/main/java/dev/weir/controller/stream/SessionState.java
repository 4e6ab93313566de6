package dev.weir.controller.stream;

import dev.weir.config.stream.Digest;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.UnboundListener;
import dev.weir.config.stream.Version;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of one connected proxy now.
///
/// @param acked the version that it runs; null before its first ack
/// @param live the digest of what it runs, as it said last
/// @param current whether it acked the latest wanted snapshot, what it rejects apart, and has the
///   latest of everything
/// @param lagging whether it is past the deadline for an ack
/// @param rejected what it keeps an older set of, and why; also what it rejected on an earlier
///   connection
/// @param unbound its listeners that have no socket, as it said last
/// @param traffic what it counted for LoadBalancers that are being tried, by `namespace/name`
/// @param waiting `namespace/name` of LoadBalancers of which it may not have the latest yet
public record SessionState(
    ProxyInfo proxy,
    Instant connectedAt,
    @Nullable Version acked,
    Digest live,
    boolean current,
    boolean lagging,
    List<Rejection> rejected,
    List<UnboundListener> unbound,
    Map<String, LoadBalancerTraffic> traffic,
    Set<String> waiting) {
  public SessionState {
    rejected = List.copyOf(rejected);
    unbound = List.copyOf(unbound);
    traffic = Map.copyOf(traffic);
    waiting = Set.copyOf(waiting);
  }

  /// Whether it may not have the latest of the LoadBalancer yet.
  public boolean waits(String loadBalancer) {
    return waiting.contains(loadBalancer);
  }
}
