package dev.weir.proxy.listener;

import dev.weir.config.BindConfig;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.AccessDeniedException;
import java.util.Locale;

/// The socket address of a bind, and why it cannot be had. Thread: any.
final class BindAddress {
  private static final InetAddress ANY = any();

  private BindAddress() {}

  /// `*` is every IPv6 and IPv4 address, or every IPv4 address where there is no IPv6.
  static InetSocketAddress of(BindConfig bind) throws IOException {
    if (bind.address().equals("*")) {
      return new InetSocketAddress(ANY, bind.port());
    }
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(bind.address()), bind.port());
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + bind.address() + "' is not an IP address", e);
    }
  }

  /// Finds out whether the address is free. Several sockets share it with SO_REUSEPORT later on,
  /// and then the kernel would let us share it with another process of the same user, too.
  static void probe(InetSocketAddress address) throws IOException {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(address, 1);
    }
  }

  /// The reason why a unix socket cannot be had.
  static String socketReason(IOException e) {
    String message = String.valueOf(e.getMessage());
    boolean denied =
        e instanceof AccessDeniedException
            || (e instanceof SocketException || e instanceof Errors.NativeIoException)
                && message.toLowerCase(Locale.ROOT).contains("permission denied");
    return denied ? "permission denied: its directory must be writable for the process" : message;
  }

  /// The reason in words that name what to do about it.
  static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("in use")) {
      return "port in use by another process";
    }
    if (lower.contains("permission denied")) {
      return "permission denied: ports below 1024 need a privilege"
          + " (CAP_NET_BIND_SERVICE or net.ipv4.ip_unprivileged_port_start=0)";
    }
    if (lower.contains("cannot assign") || lower.contains("can't assign")) {
      return "address is not one of this host";
    }
    return message;
  }

  private static InetAddress any() {
    InetAddress ipv6 = InetAddress.ofLiteral("::");
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(ipv6, 0), 1);
      return ((InetSocketAddress) socket.getLocalSocketAddress()).getAddress()
              instanceof Inet6Address
          ? ipv6
          : InetAddress.ofLiteral("0.0.0.0");
    } catch (IOException | RuntimeException e) {
      return InetAddress.ofLiteral("0.0.0.0");
    }
  }
}
