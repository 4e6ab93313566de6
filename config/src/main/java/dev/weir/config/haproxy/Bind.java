package dev.weir.config.haproxy;

/// One address and port of a line `bind`.
///
/// @param address as a manifest writes it
/// @param line 1-based
record Bind(String address, int port, int line) {}
