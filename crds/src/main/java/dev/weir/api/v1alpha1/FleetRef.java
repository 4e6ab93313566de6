package dev.weir.api.v1alpha1;

/// The shared fleet of proxies that serves this LoadBalancer.
public record FleetRef(String name) {}
