package dev.weir.proxy.listener;

import dev.weir.proxy.metrics.PerLoopTraffic;
import io.netty.channel.Channel;

/// What a listener does with its connections in one generation of the config. Immutable.
public interface ListenerPlan {

  /// The LoadBalancer, `namespace/name`.
  String loadBalancer();

  /// The listener's name in its LoadBalancer.
  String listener();

  /// What is counted for the listener, the same across generations.
  PerLoopTraffic traffic();

  /// Takes over a connection that was just accepted; its channel is registered on the loop, active,
  /// and does not read.
  ///
  /// Thread: the loop of `listener`.
  LiveConnection accept(Channel channel, LoopListener listener);
}
