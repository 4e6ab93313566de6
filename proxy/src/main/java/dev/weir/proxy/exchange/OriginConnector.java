package dev.weir.proxy.exchange;

import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnections;
import org.jspecify.annotations.Nullable;

/// Finds and opens connections to endpoints, in the protocol that they speak.
public interface OriginConnector {

  /// A stream on a connection that is there already; null when there is none.
  ///
  /// @param home where such connections are
  @Nullable OriginStream reuse(IdleConnections home);

  /// Opens a connection on the loop, or waits for one that is being opened, and reports:
  /// [Placement#connected] or [Placement#connectFailed].
  void connect(Endpoint endpoint, Loop loop, Placement placement);
}
