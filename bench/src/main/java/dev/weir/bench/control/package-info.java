/// The scale bench of the control plane: a real API server, a controller and a proxy as processes,
/// and proxies that are simulated over the real stream. `make bench-control`.
@NullMarked
package dev.weir.bench.control;

import org.jspecify.annotations.NullMarked;
