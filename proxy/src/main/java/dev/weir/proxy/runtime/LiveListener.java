package dev.weir.proxy.runtime;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerSettings;
import dev.weir.proxy.metrics.PerLoopTraffic;

/// A listener that runs in one generation.
///
/// @param loadBalancer `namespace/name`
/// @param listener the sockets, which outlive generations, perhaps shared: see [LiveBind]
/// @param routing where its requests go
/// @param traffic what was counted for it, which outlives generations
public record LiveListener(
    String loadBalancer,
    Listener listener,
    Routing routing,
    PerLoopTraffic traffic,
    ListenerSettings settings) {

  /// Its configuration.
  public ListenerConfig config() {
    return routing.config();
  }

  /// What keeps its counters across generations: `namespace/name/listener`.
  String key() {
    return loadBalancer + "/" + config().name();
  }
}
