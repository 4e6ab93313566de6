package dev.weir.proxy.runtime;

import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerSettings;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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

  /// The binds of some listeners. One whose listeners are those of `before` is the same object.
  static Map<Listener, LiveBind> of(
      List<LiveListener> listeners, Map<Listener, LiveBind> before, Assembler assembler) {
    var grouped = new LinkedHashMap<Listener, List<LiveListener>>();
    for (LiveListener live : listeners) {
      grouped.merge(live.listener(), List.of(live), LiveBind::append);
    }
    var binds = new LinkedHashMap<Listener, LiveBind>();
    grouped.forEach(
        (listener, sharing) -> {
          LiveBind known = before.get(listener);
          binds.put(
              listener,
              known != null && known.sharing().equals(sharing)
                  ? known
                  : new LiveBind(listener, sharing, assembler.settings(sharing)));
        });
    return binds;
  }

  private static List<LiveListener> append(List<LiveListener> some, List<LiveListener> more) {
    return Stream.concat(some.stream(), more.stream()).sorted(PRECEDENCE).toList();
  }
}
