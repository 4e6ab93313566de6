package dev.weir.config;

import java.net.InetAddress;

/// What accepts connections: an address and port, or a unix socket. Several listeners may share it:
/// see [BindClaims].
///
/// @param address an IP literal, `*` for every address of the host (IPv4 and IPv6), or `unix:/path`
/// @param port 1 to 65535; 0 for a unix socket
public record BindConfig(String address, int port) {

  /// The bind's identity: `address:port`, an IPv6 literal in brackets; `unix:/path`.
  public String id() {
    return Addresses.authority(address, port);
  }

  /// Whether it is a unix socket.
  public boolean unix() {
    return Addresses.isUnix(address);
  }

  /// What there can be one of, for messages: `port 80`, `unix:/run/web.sock`.
  public String place() {
    return unix() ? address : "port " + port;
  }

  /// Whether no two sockets could tell them apart: equal, or the addresses of one include the
  /// other's.
  public boolean overlaps(BindConfig other) {
    if (port != other.port) {
      return false;
    }
    if (unix() || other.unix()) {
      return address.equals(other.address);
    }
    InetAddress one = Addresses.literal(address);
    InetAddress two = Addresses.literal(other.address);
    return one == null || two == null || one.equals(two) || covers(one, two) || covers(two, one);
  }

  private static boolean covers(InetAddress wide, InetAddress narrow) {
    return wide.isAnyLocalAddress()
        && (wide.getAddress().length == 16
            || wide.getAddress().length == narrow.getAddress().length);
  }
}
