package dev.weir.config.stream;

/// What a proxy counted for a LoadBalancer since it started.
///
/// @param loadBalancer `namespace/name`
/// @param requests responses that HTTP clients got
/// @param failures those of them with a status of 500 or more
public record LoadBalancerTraffic(String loadBalancer, long requests, long failures) {}
