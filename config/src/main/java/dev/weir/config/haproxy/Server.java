package dev.weir.config.haproxy;

/// One line `server`.
///
/// @param address an IP literal without brackets, or a DNS name
/// @param line 1-based
record Server(String name, String address, int port, ServerOptions options, int line) {}
