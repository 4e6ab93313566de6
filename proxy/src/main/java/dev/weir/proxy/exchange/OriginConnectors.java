package dev.weir.proxy.exchange;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.message.RequestHead;

/// What speaks with origins, by protocol.
public record OriginConnectors(OriginConnector http1, OriginConnector http2) {

  /// Who takes a request to a pool. WebSocket is asked for over HTTP/1 whatever the pool speaks: an
  /// origin of HTTP/2 answers it on the same port or not at all.
  public OriginConnector of(PoolConfig pool, RequestHead head) {
    return switch (pool.protocol()) {
      case HTTP1 -> http1;
      case HTTP2 -> head.upgrade() ? http1 : http2;
    };
  }
}
