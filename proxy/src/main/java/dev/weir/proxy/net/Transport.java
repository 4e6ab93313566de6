package dev.weir.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The kernel interface that all channels of the process use. Thread: any.
public enum Transport {
  /// Linux; several sockets may listen on one port, so that every loop accepts for itself.
  EPOLL,
  /// Every other platform; one socket per port accepts and hands connections out in turn.
  NIO;

  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

  /// What the native library writes an address, its scope, its port and its length into.
  private static final int LONGEST_ADDRESS = 26;

  /// epoll where its native library loads, NIO otherwise.
  public static Transport detect() {
    if (Epoll.isAvailable()) {
      return EPOLL;
    }
    LOG.warn("epoll cannot be used, NIO is: {}", String.valueOf(Epoll.unavailabilityCause()));
    return NIO;
  }

  /// Whether every loop has a listening socket of its own.
  public boolean acceptsOnEveryLoop() {
    return this == EPOLL;
  }

  IoHandlerFactory ioHandlers() {
    return switch (this) {
      case EPOLL -> EpollIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  /// Makes outgoing TCP channels.
  public ChannelFactory<SocketChannel> socketChannels() {
    return switch (this) {
      case EPOLL -> EpollSocketChannel::new;
      case NIO -> NioSocketChannel::new;
    };
  }

  /// Makes outgoing channels of unix sockets.
  public ChannelFactory<Channel> domainChannels() {
    return switch (this) {
      case EPOLL -> EpollDomainSocketChannel::new;
      case NIO -> NioDomainSocketChannel::new;
    };
  }

  /// Whether a unix socket can stay open in one direction. Netty's NIO channels close it whole.
  boolean halfClosesUnix() {
    return this == EPOLL;
  }

  /// An address as this transport's channels want it: unix sockets have two classes.
  public SocketAddress own(SocketAddress address) {
    return this == EPOLL && address instanceof UnixDomainSocketAddress unix
        ? new DomainSocketAddress(unix.getPath().toFile())
        : address;
  }

  /// The class of outgoing TCP channels, for a Bootstrap.
  public Class<? extends SocketChannel> socketChannel() {
    return switch (this) {
      case EPOLL -> EpollSocketChannel.class;
      case NIO -> NioSocketChannel.class;
    };
  }

  /// A new, unregistered TCP server channel that can be bound to the address.
  ///
  /// @param loop that accepts
  public ServerChannel newServerChannel(Loop loop, InetSocketAddress address, int backlog)
      throws IOException {
    return switch (this) {
      case EPOLL -> new AcceptingChannel(loop, address, backlog);
      case NIO -> {
        var channel = new NioServerSocketChannel();
        channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        channel.config().setOption(ChannelOption.SO_BACKLOG, backlog);
        yield channel;
      }
    };
  }

  /// A connection that waits in the queue of a listening socket, taken out of turn; null when none
  /// does or when this transport cannot tell. Thread: the socket's loop.
  public @Nullable Channel acceptNow(ServerChannel listening) throws IOException {
    if (listening instanceof AcceptingChannel channel) {
      return channel.acceptNow();
    }
    if (listening instanceof EpollServerDomainSocketChannel channel
        && channel.fd() instanceof Socket fd) {
      int accepted = fd.accept(new byte[LONGEST_ADDRESS]);
      return accepted < 0 ? null : new EpollDomainSocketChannel(accepted, true);
    }
    return null;
  }

  /// A new, unregistered channel that listens on a unix socket already. With epoll nobody can
  /// connect before the file has its mode; closing the channel leaves the file, and with NIO
  /// removes what is there.
  public ServerChannel listen(SocketFile file, int backlog) throws IOException {
    var address = UnixDomainSocketAddress.of(file.path());
    return switch (this) {
      case EPOLL -> {
        Socket socket = Socket.newSocketDomain();
        try {
          socket.bind(own(address));
          file.bound();
          socket.listen(backlog);
        } catch (IOException e) {
          file.remove();
          socket.close();
          throw e;
        }
        yield new EpollServerDomainSocketChannel(socket.intValue(), true);
      }
      case NIO -> {
        ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
          socket.bind(address, backlog);
          file.bound();
        } catch (IOException e) {
          file.remove();
          socket.close();
          throw e;
        }
        yield new NioServerDomainSocketChannel(socket);
      }
    };
  }

  /// The class of UDP channels, for a Bootstrap.
  public Class<? extends DatagramChannel> datagramChannel() {
    return switch (this) {
      case EPOLL -> EpollDatagramChannel.class;
      case NIO -> NioDatagramChannel.class;
    };
  }

  /// The class of TCP server channels of which one is enough.
  public Class<? extends ServerChannel> serverChannel() {
    return switch (this) {
      case EPOLL -> EpollServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }
}
