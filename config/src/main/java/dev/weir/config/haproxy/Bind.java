package dev.weir.config.haproxy;

import dev.weir.config.Addresses;

/// One address and port of a line `bind`, or one unix socket.
///
/// @param address as a manifest writes it
/// @param port 0 for a unix socket
/// @param proxied whether connections start with a PROXY header
/// @param line 1-based
record Bind(String address, int port, boolean proxied, int line) {
  Bind(String address, int port, int line) {
    this(address, port, false, line);
  }

  /// The same on another address.
  Bind on(String other) {
    return new Bind(other, port, proxied, line);
  }

  /// The same, with PROXY headers.
  Bind behindProxies() {
    return new Bind(address, port, true, line);
  }

  /// Whether it is a unix socket.
  boolean unix() {
    return Addresses.isUnix(address);
  }
}
