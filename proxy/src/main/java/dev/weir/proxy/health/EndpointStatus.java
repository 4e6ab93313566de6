package dev.weir.proxy.health;

import java.time.Instant;

/// What is known of an endpoint's health.
///
/// @param healthy whether checks let it take traffic
/// @param reason why, in PascalCase with an optional text after `: `
/// @param since when it became so
public record EndpointStatus(boolean healthy, String reason, Instant since) {}
