package dev.weir.proxy.net;

import java.net.Inet6Address;
import java.net.InetSocketAddress;

/// How addresses are written in logs, headers and metrics.
public final class SocketAddresses {

  private SocketAddresses() {}

  /// The IP address without a port, without a scope.
  public static String host(InetSocketAddress address) {
    String text =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    int scope = text.indexOf('%');
    return scope < 0 ? text : text.substring(0, scope);
  }

  /// `address:port`, an IPv6 address in brackets.
  public static String text(InetSocketAddress address) {
    String host = host(address);
    return address.getAddress() instanceof Inet6Address
        ? "[" + host + "]:" + address.getPort()
        : host + ":" + address.getPort();
  }
}
