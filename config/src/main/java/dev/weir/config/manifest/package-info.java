/// Manifests as files: YAML documents of `LoadBalancer` and of the objects it refers to, read
/// strictly and with the line of every field.
///
/// The structural rules are those of the committed CRD, interpreted here, so that a file and an API
/// server refuse the same things. Reads files; has no state and no thread. Not here: watching
/// files, rendering's own checks (package `render`).
@NullMarked
package dev.weir.config.manifest;

import org.jspecify.annotations.NullMarked;
