/// What both programs need for their `/metrics`: the text format, durations, and how the process
/// itself is.
@NullMarked
package dev.weir.config.metrics;

import org.jspecify.annotations.NullMarked;
