/// Counters of the data path: plain longs that one loop writes and a scrape sums. A reader may see
/// a value that is a moment old.
@NullMarked
package dev.weir.proxy.metrics;

import org.jspecify.annotations.NullMarked;
