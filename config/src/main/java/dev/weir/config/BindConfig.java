package dev.weir.config;

/// An address and port that accepts TCP connections. Connection-level settings will live here.
///
/// @param address an IP literal, or `*` for every address of the host (IPv4 and IPv6)
/// @param port 1 to 65535
public record BindConfig(String address, int port) {

  /// The bind's identity: `address:port`, an IPv6 literal in brackets.
  public String id() {
    return address.indexOf(':') >= 0 ? "[" + address + "]:" + port : address + ":" + port;
  }
}
