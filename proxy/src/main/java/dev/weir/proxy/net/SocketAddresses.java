package dev.weir.proxy.net;

import dev.weir.config.Addresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// How addresses are written in logs, headers and metrics.
public final class SocketAddresses {

  private SocketAddresses() {}

  /// The IP address without a port, without a scope; IPv6 in the short form of RFC 5952.
  public static String host(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    return ip == null ? address.getHostString() : Addresses.text(ip);
  }

  /// `address:port`, an IPv6 address in brackets.
  public static String text(InetSocketAddress address) {
    String host = host(address);
    return address.getAddress() instanceof Inet6Address
        ? "[" + host + "]:" + address.getPort()
        : host + ":" + address.getPort();
  }
}
