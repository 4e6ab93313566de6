package dev.weir.controller.state;

import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Version;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.stream.ProxyDifference;
import dev.weir.controller.stream.StreamServer;
import dev.weir.controller.stream.Wanted;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one controller wants and what its proxies run.
///
/// @param controller which replica it is
/// @param leading whether it writes statuses
/// @param groups those that have LoadBalancers or proxies here, by name
public record ProxiesState(String controller, boolean leading, List<Group> groups) {
  private static final int MAX_WAITING = 20;

  /// The proxies of one fleet or LoadBalancer.
  ///
  /// @param group as [ProxyGroup] prints it
  /// @param version that is wanted; null while nothing is known
  /// @param resources how many are wanted
  /// @param held LoadBalancers of which proxies are to keep what they have
  /// @param proxies those that are connected to this controller
  public record Group(
      String group,
      @Nullable String version,
      int resources,
      List<String> held,
      List<Proxy> proxies) {}

  /// One proxy.
  ///
  /// @param zone where it runs; null where that is not known
  /// @param version that it runs; null before its first ack
  /// @param current whether it acked what is wanted, what it rejects apart
  /// @param lagging whether it is past the deadline for an ack
  /// @param differences how many resources differ; the lists have samples of them
  /// @param missing wanted, and not there
  /// @param different there with another content
  /// @param extra there, and not wanted
  /// @param rejected why it keeps an older set of a LoadBalancer
  /// @param waiting LoadBalancers of which it may not have the latest yet
  public record Proxy(
      String proxy,
      String address,
      String build,
      String connectedAt,
      @Nullable String zone,
      @Nullable String version,
      boolean current,
      boolean lagging,
      int differences,
      List<String> missing,
      List<String> different,
      List<String> extra,
      List<String> rejected,
      List<String> waiting) {}

  /// As it is now.
  public static ProxiesState of(
      String controller, boolean leading, Reconciler reconciler, StreamServer stream) {
    Set<ProxyGroup> groups = new HashSet<>(reconciler.groups());
    stream.sessions().forEach(session -> groups.add(session.proxy().group()));
    return new ProxiesState(
        controller,
        leading,
        groups.stream()
            .sorted(Comparator.comparing(ProxyGroup::toString))
            .map(group -> group(group, reconciler.wanted(group), stream))
            .toList());
  }

  private static Group group(ProxyGroup group, @Nullable Wanted wanted, StreamServer stream) {
    return new Group(
        group.toString(),
        wanted == null ? null : wanted.snapshot().version().label(),
        wanted == null ? 0 : wanted.snapshot().resources().size(),
        wanted == null ? List.of() : wanted.held().stream().sorted().toList(),
        stream.differences(group).stream()
            .map(ProxiesState::proxy)
            .sorted(Comparator.comparing(Proxy::proxy))
            .toList());
  }

  private static Proxy proxy(ProxyDifference difference) {
    var state = difference.state();
    Version acked = state.acked();
    return new Proxy(
        state.proxy().proxyId(),
        state.proxy().address(),
        state.proxy().build(),
        state.connectedAt().toString(),
        state.proxy().zone(),
        acked == null ? null : acked.label(),
        state.current(),
        state.lagging(),
        difference.count(),
        difference.missing(),
        difference.different(),
        difference.extra(),
        state.rejected().stream()
            .map(r -> r.loadBalancer() + ": " + r.rule() + ": " + r.message())
            .toList(),
        state.waiting().stream().sorted().limit(MAX_WAITING).toList());
  }
}
