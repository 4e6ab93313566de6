package dev.weir.config.haproxy;

import dev.weir.config.Addresses;

/// One address and port of a line `bind`, or one unix socket.
///
/// @param address as a manifest writes it
/// @param port 0 for a unix socket
/// @param line 1-based
record Bind(String address, int port, int line) {

  /// Whether it is a unix socket.
  boolean unix() {
    return Addresses.isUnix(address);
  }
}
