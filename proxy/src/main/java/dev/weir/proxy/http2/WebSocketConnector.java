package dev.weir.proxy.http2;

import dev.weir.proxy.exchange.OriginConnector;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.exchange.Placement;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnections;
import org.jspecify.annotations.Nullable;

/// Finds a way for a WebSocket to an endpoint that speaks HTTP/2: a stream of a connection that is
/// there and whose origin has said that it takes WebSockets (RFC 8441 section 3), else a connection
/// of HTTP/1. Stateless. Thread: the loop of the call.
public final class WebSocketConnector implements OriginConnector {
  private final OriginConnector http1;

  /// @param http1 opens connections of HTTP/1
  public WebSocketConnector(OriginConnector http1) {
    this.http1 = http1;
  }

  @Override
  public @Nullable OriginStream reuse(IdleConnections home) {
    return home.take() instanceof Http2OriginConnection connection && connection.takesWebSockets()
        ? connection.open()
        : null;
  }

  @Override
  public void connect(Endpoint endpoint, Loop loop, Placement placement) {
    http1.connect(endpoint, loop, placement);
  }
}
