/// What a controller tells people of itself: what it wants each proxy to run, what each runs, and
/// how proxies find endpoints. Records that one side writes as JSON and `weir diff` and `weir
/// explain` read; names and hashes, never documents or keys.
@NullMarked
package dev.weir.controller.state;

import org.jspecify.annotations.NullMarked;
