package dev.weir.config.haproxy;

import dev.weir.config.Addresses;

/// One address and port of a line `bind`, or one unix socket.
///
/// @param address as a manifest writes it
/// @param port 0 for a unix socket
/// @param options the line's
/// @param line 1-based
record Bind(String address, int port, BindOptions options, int line) {

  /// The same on another address.
  Bind on(String other) {
    return new Bind(other, port, options, line);
  }

  /// Whether it is a unix socket.
  boolean unix() {
    return Addresses.isUnix(address);
  }
}
