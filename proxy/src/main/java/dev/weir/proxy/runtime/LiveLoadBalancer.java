package dev.weir.proxy.runtime;

import dev.weir.config.stream.Rejection;
import java.util.List;
import java.util.Map;

/// A LoadBalancer that runs in one generation.
///
/// @param pools by their name in it
/// @param listeners by their name in it
/// @param rejections what of it could not be used, so that a listener keeps what it had
record LiveLoadBalancer(
    DecodedLoadBalancer decoded,
    Map<String, LivePool> pools,
    Map<String, LiveListener> listeners,
    List<Rejection> rejections) {}
