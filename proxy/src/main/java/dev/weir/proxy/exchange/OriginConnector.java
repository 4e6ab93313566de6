package dev.weir.proxy.exchange;

import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;
import org.jspecify.annotations.Nullable;

/// Finds and opens connections to endpoints, in the protocol that they speak.
public interface OriginConnector {

  /// A stream on a connection of the loop that is there already; null when there is none.
  @Nullable OriginStream reuse(Endpoint endpoint, Loop loop);

  /// Opens a connection on the loop, or waits for one that is being opened, and reports:
  /// [Placement#connected] or [Placement#connectFailed].
  void connect(Endpoint endpoint, Loop loop, Placement placement);
}
