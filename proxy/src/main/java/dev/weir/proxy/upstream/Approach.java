package dev.weir.proxy.upstream;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.tls.OriginTls;
import org.jspecify.annotations.Nullable;

/// What comes between an open connection to an endpoint and its protocol: first a PROXY header,
/// then TLS. A connection can be used as long as its pool's approach is the one that it was made
/// with. Immutable.
///
/// @param tls null for none
/// @param announces the version of the PROXY header; null for none
public record Approach(@Nullable OriginTls tls, PoolConfig.@Nullable ProxyProtocol announces) {
  /// Nothing comes between.
  public static final Approach PLAIN = new Approach(null, null);
}
