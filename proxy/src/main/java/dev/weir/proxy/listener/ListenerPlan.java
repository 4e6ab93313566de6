package dev.weir.proxy.listener;

import dev.weir.proxy.metrics.PerLoopTraffic;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a listener does with its connections in one generation of the config. Immutable.
public interface ListenerPlan {

  /// The LoadBalancer, `namespace/name`.
  String loadBalancer();

  /// The listener's name in its LoadBalancer.
  String listener();

  /// What is counted for the listener, the same across generations.
  PerLoopTraffic traffic();

  /// What connections pass before [#accept], in this order.
  List<Stage> stages();

  /// Whether a stage finds out who the client is, and admits it ([LoopListener#admit]); otherwise
  /// it is the other end of the socket.
  boolean announced();

  /// How long all stages together may take.
  Duration patience();

  /// The plan of the bind's listener that a client of TLS means.
  ///
  /// @param name that it asks for; null for none
  default ListenerPlan meant(@Nullable String name) {
    return this;
  }

  /// Takes over a connection that is through all stages; its channel does not read.
  ///
  /// Thread: the loop of `listener`.
  LiveConnection accept(Arrival arrival, LoopListener listener);
}
