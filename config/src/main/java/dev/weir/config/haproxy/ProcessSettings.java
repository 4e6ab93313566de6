package dev.weir.config.haproxy;

import org.jspecify.annotations.Nullable;

/// What a file says about the process rather than about traffic. Options of the command line come
/// before it.
///
/// @param maxConnections `maxconn` of section `global`, as option `--max-connections`; null when it
///   says nothing
/// @param loops `nbthread`, as option `--loops`; null when it says nothing
/// @param log where the access log goes, `stdout` or `stderr`, as option `--log`; null when it says
///   nothing
public record ProcessSettings(
    @Nullable Integer maxConnections, @Nullable Integer loops, @Nullable String log) {}
