package dev.weir.proxy.runtime;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerSettings;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.upstream.Pool;
import org.jspecify.annotations.Nullable;

/// A listener that runs in one generation.
///
/// @param loadBalancer `namespace/name`
/// @param listener the sockets, which outlive generations
/// @param pool where its requests go
/// @param traffic what was counted for it, which outlives generations
public record LiveListener(
    String loadBalancer,
    ListenerConfig config,
    Listener listener,
    @Nullable Pool pool,
    PerLoopTraffic traffic,
    ListenerSettings settings) {

  /// What keeps its counters across generations: `namespace/name/listener`.
  String key() {
    return loadBalancer + "/" + config.name();
  }
}
