package dev.weir.proxy.runtime;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.listener.ListenerSettings;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.tls.TlsStage;
import org.jspecify.annotations.Nullable;

/// A listener that runs in one generation.
///
/// @param loadBalancer `namespace/name`
/// @param listener the sockets, which outlive generations, perhaps shared: see [LiveBind]
/// @param routing where its requests go
/// @param tls null without TLS
/// @param traffic what was counted for it, which outlives generations
public record LiveListener(
    String loadBalancer,
    Listener listener,
    Routing routing,
    @Nullable TlsStage tls,
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
