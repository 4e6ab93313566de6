package dev.weir.proxy.net;

import dev.weir.config.Addresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

/// How addresses are written in logs, headers and metrics.
public final class SocketAddresses {

  private SocketAddresses() {}

  /// The IP address without a port, without a scope; IPv6 in the short form of RFC 5952.
  public static String host(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    return ip == null ? address.getHostString() : Addresses.text(ip);
  }

  /// As [#host]; `unix:/path` for a unix socket.
  public static String withoutPort(SocketAddress address) {
    return address instanceof InetSocketAddress ip ? host(ip) : text(address);
  }

  /// As [#text(InetSocketAddress)]; `unix:/path` for a unix socket.
  public static String text(SocketAddress address) {
    return switch (address) {
      case InetSocketAddress ip -> text(ip);
      case UnixDomainSocketAddress unix -> "unix:" + unix.getPath();
      default -> address.toString();
    };
  }

  /// `address:port`, an IPv6 address in brackets.
  public static String text(InetSocketAddress address) {
    String host = host(address);
    return address.getAddress() instanceof Inet6Address
        ? "[" + host + "]:" + address.getPort()
        : host + ":" + address.getPort();
  }
}
