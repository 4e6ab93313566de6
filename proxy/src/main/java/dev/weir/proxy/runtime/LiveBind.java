package dev.weir.proxy.runtime;

import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerSettings;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A bind that runs in one generation, with the listeners that share it.
///
/// @param listener the sockets, which outlive generations
/// @param sharing the first one stands for the bind: what belongs to no listener is counted and
///   logged with it. It is the one without hosts, or else the first by name
/// @param settings of all of them together
public record LiveBind(Listener listener, List<LiveListener> sharing, ListenerSettings settings) {
  private static final Comparator<LiveListener> PRECEDENCE =
      Comparator.comparing((LiveListener live) -> !live.config().hosts().isEmpty())
          .thenComparing(LiveListener::loadBalancer)
          .thenComparing(live -> live.config().name());

  public LiveBind {
    sharing = List.copyOf(sharing);
  }

  /// The listener that stands for the bind.
  public LiveListener first() {
    return sharing.getFirst();
  }

  /// What a bind is when some LoadBalancers are others: the same object when its listeners are the
  /// same, null when it has none.
  ///
  /// @param before null when the bind is new
  /// @param changed the names of those LoadBalancers
  /// @param now their listeners on this bind
  static @Nullable LiveBind next(
      Listener listener,
      @Nullable LiveBind before,
      Set<String> changed,
      List<LiveListener> now,
      Assembler assembler) {
    List<LiveListener> sharing =
        Stream.concat(
                before == null
                    ? Stream.empty()
                    : before.sharing().stream()
                        .filter(live -> !changed.contains(live.loadBalancer())),
                now.stream())
            .sorted(PRECEDENCE)
            .toList();
    if (sharing.isEmpty()) {
      return null;
    }
    return before != null && before.sharing().equals(sharing)
        ? before
        : new LiveBind(listener, sharing, assembler.settings(sharing));
  }
}
