package dev.weir.proxy.http1;

import dev.weir.config.PoolConfig.Protocol;
import dev.weir.proxy.exchange.OriginConnector;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.exchange.Placement;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnections;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// Opens HTTP/1 connections to endpoints. Stateless. Thread: the loop of the call.
public final class Http1Connector implements OriginConnector {
  private final OriginDialer dialer;

  /// @param dialer opens connections up to the protocol
  public Http1Connector(OriginDialer dialer) {
    this.dialer = dialer;
  }

  @Override
  public @Nullable OriginStream reuse(IdleConnections home) {
    return home.take() instanceof Http1OriginConnection connection ? connection : null;
  }

  @Override
  public void connect(Endpoint endpoint, Loop loop, Placement placement) {
    IdleConnections home = placement.home(endpoint);
    dialer.dial(
        endpoint,
        loop,
        Protocol.HTTP1,
        placement.header(endpoint),
        new OriginDialer.Caller() {
          @Override
          public void opened(Channel channel, Approach approach) {
            var connection = new Http1OriginConnection(channel, endpoint, approach, home, loop);
            channel.pipeline().addLast(connection);
            if (!placement.connected(endpoint, connection)) {
              connection.release();
              channel.read();
            }
          }

          @Override
          public void failed(Failure failure) {
            placement.connectFailed(endpoint, failure);
          }
        });
  }
}
