/// The config stream between controller and proxies: resources with their hashes, snapshots with
/// their digest, and the frames that carry them. Pure data and codecs; the sockets are in the
/// modules on both ends.
@NullMarked
package dev.weir.config.stream;

import org.jspecify.annotations.NullMarked;
