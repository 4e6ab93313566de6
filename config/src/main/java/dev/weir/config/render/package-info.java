/// From a `LoadBalancer` and what it refers to, to what a proxy runs: the defaults, the renderer,
/// the meaning of EndpointSlices, and who wins a port.
///
/// Pure functions over immutable records: no clock, no I/O, no state; safe on any thread. The same
/// input gives the same output in every home. Not here: reading YAML, Kubernetes objects,
/// serialisation.
@NullMarked
package dev.weir.config.render;

import org.jspecify.annotations.NullMarked;
