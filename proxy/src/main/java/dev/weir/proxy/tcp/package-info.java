/// Relays of TCP connections: bytes both ways with backpressure and half-close. Thread: the client
/// connection's event loop.
@NullMarked
package dev.weir.proxy.tcp;

import org.jspecify.annotations.NullMarked;
