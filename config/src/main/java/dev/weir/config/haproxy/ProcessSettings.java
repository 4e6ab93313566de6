package dev.weir.config.haproxy;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a file says about the process rather than about traffic. Options of the command line come
/// before it.
///
/// @param maxConnections `maxconn` of section `global`, as option `--max-connections`; null when it
///   says nothing
/// @param loops `nbthread`, as option `--loops`; null when it says nothing
/// @param ticketSecrets `tls-ticket-keys` of lines `bind`, as option `--ticket-secrets-file`; null
///   when none says it
/// @param log where the access log goes, `stdout` or `stderr`, as option `--log`; null when it says
///   nothing
public record ProcessSettings(
    @Nullable Integer maxConnections,
    @Nullable Integer loops,
    @Nullable String log,
    @Nullable Path ticketSecrets) {}
