package dev.weir.proxy.exchange;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.message.RequestHead;

/// What speaks with origins, by protocol.
///
/// @param webSocket for WebSockets to pools that speak HTTP/2
public record OriginConnectors(
    OriginConnector http1, OriginConnector http2, OriginConnector webSocket) {

  /// Who takes a request to a pool. A tunnel by CONNECT has a connection of its own, of HTTP/1.
  public OriginConnector of(PoolConfig pool, RequestHead head) {
    return switch (pool.protocol()) {
      case HTTP1 -> http1;
      case HTTP2 -> head.isConnect() ? http1 : head.upgrade() ? webSocket : http2;
    };
  }
}
