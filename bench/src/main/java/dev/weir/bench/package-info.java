/// Microbenches of the parts that run per request or per change, for JMH. Side-by-side runs of
/// whole processes are `bench/run`. Not here: tests; nothing depends on this module.
@NullMarked
package dev.weir.bench;

import org.jspecify.annotations.NullMarked;
