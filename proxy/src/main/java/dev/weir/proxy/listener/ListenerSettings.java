package dev.weir.proxy.listener;

import java.time.Duration;

/// What one generation says about a listener.
///
/// @param maxConnections on all loops together, 0 for no limit
/// @param perClient connections of one client, 0 for no limit
/// @param drain how long connections may live on when the listener is removed
public record ListenerSettings(
    ListenerPlan plan, int maxConnections, int perClient, Duration drain) {}
