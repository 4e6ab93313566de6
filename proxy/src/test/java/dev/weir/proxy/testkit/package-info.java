/// Peers under test control, for scenarios that run the real proxy over real sockets: origins,
/// clients, load with failure accounting, and the proxy itself as a child process.
///
/// Plain blocking sockets on virtual threads, and nothing of the proxy's own code, so that a
/// mistake there cannot hide in a peer that shares it. Everything binds to loopback and ends with
/// its `close`. Other modules use it as a test-jar.
@NullMarked
package dev.weir.proxy.testkit;

import org.jspecify.annotations.NullMarked;
