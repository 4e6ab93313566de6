package dev.weir.config.stream;

/// A listener that has no socket.
///
/// @param loadBalancer `namespace/name`
/// @param listener its name in the LoadBalancer
/// @param address as configured, `*` for all
/// @param error why it does not accept connections
public record UnboundListener(
    String loadBalancer, String listener, String address, int port, String error) {}
