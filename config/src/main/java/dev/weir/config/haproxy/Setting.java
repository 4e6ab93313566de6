package dev.weir.config.haproxy;

/// A value and the line that it comes from.
///
/// @param line 1-based
record Setting<T>(T value, int line) {}
