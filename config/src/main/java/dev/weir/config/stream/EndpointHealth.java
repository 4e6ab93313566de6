package dev.weir.config.stream;

import java.time.Instant;

/// What one proxy thinks of one endpoint.
///
/// @param pool the resource name of the pool's endpoints, `namespace/name/pool`
/// @param endpoint `address:port`, an IPv6 literal in brackets
/// @param reason why, in PascalCase with an optional text after `: `
/// @param since when it became so
public record EndpointHealth(
    String pool, String endpoint, boolean healthy, String reason, Instant since) {}
