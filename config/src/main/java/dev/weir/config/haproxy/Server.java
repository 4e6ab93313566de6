package dev.weir.config.haproxy;

/// One line `server`.
///
/// @param address an IP literal without brackets, a DNS name, or a unix socket as a manifest writes
///   it
/// @param port 0 for a unix socket
/// @param line 1-based
record Server(String name, String address, int port, ServerOptions options, int line) {}
