package dev.weir.proxy.origin;

import dev.weir.config.PoolConfig.Protocol;
import dev.weir.config.PoolConfig.ProxyProtocol;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.OriginSockets;
import dev.weir.proxy.proxyprotocol.ProxyHeader;
import dev.weir.proxy.proxyprotocol.ProxyHeaderWriter;
import dev.weir.proxy.tls.OriginTls;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Opens connections to endpoints as their pool wants them.
///
/// ```
///   connect ──▶ PROXY header ──▶ TLS handshake ──▶ opened
///      └── refused, timeout ────────┴── certificate, timeout ──▶ failed
/// ```
///
/// All of it within the pool's connect timeout. Stateless. Thread: the loop of the call.
public final class OriginDialer {
  private final OriginSockets sockets;

  /// @param sockets opens the sockets
  public OriginDialer(OriginSockets sockets) {
    this.sockets = sockets;
  }

  /// Who is told what became of a connection: exactly one call, on the loop.
  public interface Caller {

    /// The protocol may begin. The channel does not read unless asked.
    ///
    /// @param approach what the connection was made with
    void opened(Channel channel, Approach approach);

    /// There is no connection: an entry of [Failure] that lets a request go elsewhere.
    void failed(Failure failure);
  }

  /// What buffers of connections are made by.
  public ByteBufAllocator allocator() {
    return sockets.allocator();
  }

  /// Opens a connection.
  ///
  /// @param protocol what will be spoken, which TLS agrees on where it is not HTTP/1
  /// @param client whom a PROXY header announces; not needed when the pool sends none
  public void dial(
      Endpoint endpoint,
      Loop loop,
      Protocol protocol,
      @Nullable ProxyHeader client,
      Caller caller) {
    var address = endpoint.address();
    Approach approach = endpoint.pool().approach();
    OriginTls tls = approach.tls();
    if (address == null) {
      caller.failed(Failure.CONNECT_FAILED);
    } else if (tls != null && tls.problem() != null) {
      caller.failed(Failure.ORIGIN_TLS_FAILED);
    } else {
      Duration timeout = endpoint.pool().config().timeouts().connect();
      long deadline = loop.now() + timeout.toNanos();
      sockets
          .connect(loop, address, timeout)
          .addListener(
              (ChannelFuture done) -> {
                if (!done.isSuccess()) {
                  caller.failed(OriginSockets.failure(done.cause()));
                  return;
                }
                Channel channel = done.channel();
                if (approach.announces() != null && client != null) {
                  announce(channel, approach.announces(), client);
                }
                if (tls == null) {
                  caller.opened(channel, approach);
                } else {
                  SslHandler handler =
                      tls.handler(channel.alloc(), endpoint.config(), protocol, endpoint.number());
                  loop.tick();
                  handler.setHandshakeTimeout(
                      Math.max(1, deadline - loop.now()), TimeUnit.NANOSECONDS);
                  shakeHands(channel, handler, protocol, approach, caller);
                }
              });
    }
  }

  /// Sends a PROXY header.
  public static void announce(Channel channel, ProxyProtocol version, ProxyHeader client) {
    ByteBuf out = channel.alloc().directBuffer(ProxyHeaderWriter.MAX_SIZE);
    switch (version) {
      case V1 -> ProxyHeaderWriter.version1(client, out);
      case V2 -> ProxyHeaderWriter.version2(client, out);
    }
    channel.writeAndFlush(out, channel.voidPromise());
  }

  private static void shakeHands(
      Channel channel, SslHandler handler, Protocol protocol, Approach approach, Caller caller) {
    channel.pipeline().addLast(handler);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (done.isSuccess() && OriginTls.agreed(handler, protocol)) {
                caller.opened(channel, approach);
              } else {
                channel.close();
                caller.failed(done.isSuccess() ? Failure.ORIGIN_TLS_FAILED : failure(done.cause()));
              }
            });
    channel.read();
  }

  private static Failure failure(Throwable cause) {
    return cause instanceof SslHandshakeTimeoutException
        ? Failure.CONNECT_TIMEOUT
        : OriginTls.failure(cause);
  }
}
