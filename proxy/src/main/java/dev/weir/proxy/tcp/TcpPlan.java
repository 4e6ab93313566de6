package dev.weir.proxy.tcp;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.AccessLog;
import dev.weir.proxy.listener.ListenerPlan;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.OriginSockets;
import dev.weir.proxy.upstream.Pool;
import io.netty.channel.Channel;

/// What a TCP listener does: relay each connection to the pool. Immutable.
///
/// @param traffic the listener's counters, the same across generations
public record TcpPlan(
    String loadBalancer,
    ListenerConfig config,
    Pool pool,
    PerLoopTraffic traffic,
    AccessLog accessLog,
    OriginSockets sockets)
    implements ListenerPlan {

  @Override
  public String listener() {
    return config.name();
  }

  @Override
  public LiveConnection accept(Channel channel, LoopListener listener) {
    return Relay.start(channel, listener, this);
  }
}
