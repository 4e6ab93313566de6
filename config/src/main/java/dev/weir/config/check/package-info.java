/// The command `weir check`: validates files and says everything that is wrong with them.
///
/// Reads files, writes to the streams that it is given, has no state. Not here: parsing of the
/// process's own options.
@NullMarked
package dev.weir.config.check;

import org.jspecify.annotations.NullMarked;
