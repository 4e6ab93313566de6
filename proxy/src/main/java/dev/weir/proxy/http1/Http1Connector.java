package dev.weir.proxy.http1;

import dev.weir.proxy.exchange.OriginConnector;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.exchange.Placement;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.OriginSockets;
import dev.weir.proxy.upstream.Endpoint;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import org.jspecify.annotations.Nullable;

/// Opens HTTP/1 connections to endpoints. Stateless. Thread: the loop of the call.
public final class Http1Connector implements OriginConnector {
  private final OriginSockets sockets;

  /// @param sockets opens the sockets
  public Http1Connector(OriginSockets sockets) {
    this.sockets = sockets;
  }

  @Override
  public @Nullable OriginStream reuse(Endpoint endpoint, Loop loop) {
    return endpoint.idle(loop).take() instanceof Http1OriginConnection connection
        ? connection
        : null;
  }

  @Override
  public void connect(Endpoint endpoint, Loop loop, Placement placement) {
    var address = endpoint.address();
    if (address == null) {
      placement.connectFailed(endpoint, Failure.CONNECT_FAILED);
      return;
    }
    ChannelFuture connecting =
        sockets.connect(loop, address, endpoint.pool().config().timeouts().connect());
    connecting.addListener(
        (ChannelFuture done) -> {
          if (done.isSuccess()) {
            opened(done.channel(), endpoint, loop, placement);
          } else {
            placement.connectFailed(endpoint, OriginSockets.failure(done.cause()));
          }
        });
  }

  private static void opened(Channel channel, Endpoint endpoint, Loop loop, Placement placement) {
    Http1OriginConnection connection = new Http1OriginConnection(channel, endpoint, loop);
    channel.pipeline().addLast(connection);
    if (!placement.connected(endpoint, connection)) {
      connection.release();
      channel.read();
    }
  }
}
