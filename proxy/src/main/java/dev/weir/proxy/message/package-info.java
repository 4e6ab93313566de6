/// The protocol-neutral message heads and the one table of failures: what moves between the parts
/// of the data path. Bytes and offsets, no channel, no policy. Thread: whoever owns the object, one
/// event loop.
@NullMarked
package dev.weir.proxy.message;

import org.jspecify.annotations.NullMarked;
