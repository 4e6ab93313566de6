/// A proxy without a controller: reads and watches its own files, renders them, feeds the runtime.
///
/// One thread, `weir-files`, does all of it. Not here: what files mean (module config) and how a
/// configuration is applied (package `runtime`).
@NullMarked
package dev.weir.proxy.standalone;

import org.jspecify.annotations.NullMarked;
