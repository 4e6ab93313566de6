package dev.weir.proxy.health;

import dev.weir.config.EndpointsConfig;
import dev.weir.proxy.upstream.Pool;

/// Says why an endpoint has no address: `Unresolved: no such name`. Thread: the control loop.
@FunctionalInterface
public interface MissingAddress {

  /// The reason, in PascalCase with an optional text after `: `.
  String reason(Pool pool, EndpointsConfig.Endpoint endpoint);
}
