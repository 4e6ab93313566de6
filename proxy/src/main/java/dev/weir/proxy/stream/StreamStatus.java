package dev.weir.proxy.stream;

import org.jspecify.annotations.Nullable;

/// What is known of the stream now.
///
/// @param connected whether a controller has welcomed this proxy and the stream is open
/// @param stale true from the start until a controller has committed a snapshot: what runs, if
///   anything does, is the last known good of an earlier run
/// @param controller the replica that welcomed it last; null before the first
/// @param problem why it is not connected; null when it is
public record StreamStatus(
    boolean connected, boolean stale, @Nullable String controller, @Nullable String problem) {}
