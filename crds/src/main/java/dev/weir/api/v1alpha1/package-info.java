/// The `LoadBalancer` API `weir.dev/v1alpha1` as immutable records: what a user writes and reads.
///
/// Data and annotations only. An absent block is `null`, an empty block is a record whose
/// components are all null: both survive a round trip through Jackson. Defaults are not applied
/// here but by the renderer. Not here: anything of Kubernetes at run time (the annotations of the
/// CRD generator are only read while the CRD is generated).
@NullMarked
package dev.weir.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
