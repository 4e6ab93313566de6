package dev.weir.proxy.net;

import dev.weir.proxy.message.Failure;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.WriteBufferWaterMark;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;

/// Opens connections to origins: no reading before somebody asks, half-close, no Nagle. Thread:
/// any.
public final class OriginSockets {
  /// What may wait in a connection to be written: reading of the other side stops above the high
  /// mark.
  public static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  private final Transport transport;
  private final Bootstrap tcp;
  private final Bootstrap unix;
  private final ByteBufAllocator allocator;

  /// @param transport that the loops run on
  public OriginSockets(Transport transport, ByteBufAllocator allocator) {
    this.transport = transport;
    this.allocator = allocator;
    this.unix = common(allocator).channelFactory(transport.domainChannels());
    if (transport.halfClosesUnix()) {
      unix.option(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }
    this.tcp =
        common(allocator)
            .channelFactory(transport.socketChannels())
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true);
  }

  private static Bootstrap common(ByteBufAllocator allocator) {
    return new Bootstrap()
        .option(ChannelOption.ALLOCATOR, allocator)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .handler(new Opening());
  }

  /// What buffers of connections are made by.
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /// Connects to an IP address and port or a unix socket, on the loop; the future's listeners run
  /// there.
  public ChannelFuture connect(Loop loop, SocketAddress address, Duration timeout) {
    int millis = (int) Math.min(Integer.MAX_VALUE, Math.max(1, timeout.toMillis()));
    Bootstrap bootstrap = address instanceof UnixDomainSocketAddress ? unix : tcp;
    return bootstrap
        .clone(loop.eventLoop())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis)
        .option(ChannelOption.RECVBUF_ALLOCATOR, loop.reads().ofOrigin())
        .connect(transport.own(address));
  }

  /// What a connection that could not be made means.
  public static Failure failure(Throwable cause) {
    return cause instanceof ConnectTimeoutException
        ? Failure.CONNECT_TIMEOUT
        : Failure.CONNECT_FAILED;
  }

  /// Does nothing: the real handler comes when the connection is there.
  private static final class Opening extends ChannelInboundHandlerAdapter {
    @Override
    public boolean isSharable() {
      return true;
    }
  }
}
