package dev.weir.proxy.exchange;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.message.RequestHead;

/// What speaks with origins, by protocol.
///
/// @param webSocket for WebSockets to pools that speak HTTP/2
public record OriginConnectors(
    OriginConnector http1, OriginConnector http2, OriginConnector webSocket) {

  /// Who takes a request to a pool.
  public OriginConnector of(PoolConfig pool, RequestHead head) {
    return switch (pool.protocol()) {
      case HTTP1 -> http1;
      case HTTP2 -> head.upgrade() ? webSocket : http2;
    };
  }
}
