package dev.weir.proxy.runtime;

import java.util.Map;

/// A LoadBalancer that runs in one generation.
///
/// @param pools by their name in it
/// @param listeners by their name in it
record LiveLoadBalancer(
    DecodedLoadBalancer decoded,
    Map<String, LivePool> pools,
    Map<String, LiveListener> listeners) {}
