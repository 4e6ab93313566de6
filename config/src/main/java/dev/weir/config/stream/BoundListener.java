package dev.weir.config.stream;

import org.jspecify.annotations.Nullable;

/// What became of one listener's socket.
///
/// @param loadBalancer `namespace/name`
/// @param listener its name in the LoadBalancer
/// @param address as configured, `*` for all
/// @param error null when it accepts connections, else why it does not
public record BoundListener(
    String loadBalancer, String listener, String address, int port, @Nullable String error) {}
