/// From a snapshot to what runs: decode, validate, build, swap, retire.
///
/// One thread at a time applies, and nothing here runs on a data loop but the swap itself.
/// [Assembler] is the only place that knows every package. Not here: where snapshots come from
/// (packages `standalone` and `stream`).
@NullMarked
package dev.weir.proxy.runtime;

import org.jspecify.annotations.NullMarked;
