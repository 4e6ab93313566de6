/// What a user names as configuration: manifests, or a `haproxy.cfg`, told apart here and nowhere
/// else.
///
/// Reads files when asked; has no state and no thread. Not here: watching files, applying them.
@NullMarked
package dev.weir.config.source;

import org.jspecify.annotations.NullMarked;
