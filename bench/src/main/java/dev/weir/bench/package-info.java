/// Microbenches of the parts that run per request or per change, for JMH; `bench/micro` runs them.
/// Not here: tests; nothing depends on this module.
@NullMarked
package dev.weir.bench;

import org.jspecify.annotations.NullMarked;
