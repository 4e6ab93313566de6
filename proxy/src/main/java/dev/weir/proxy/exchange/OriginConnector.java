package dev.weir.proxy.exchange;

import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;

/// Opens connections to endpoints, in the protocol that they speak.
public interface OriginConnector {

  /// Opens a connection on the loop and reports: [Placement#connected] or
  /// [Placement#connectFailed].
  void connect(Endpoint endpoint, Loop loop, Placement placement);
}
