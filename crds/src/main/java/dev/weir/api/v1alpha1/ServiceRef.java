package dev.weir.api.v1alpha1;

/// A port of a Service, by name or number: its EndpointSlices are the pool's endpoints.
public record ServiceRef(String name, IntOrString port) {}
