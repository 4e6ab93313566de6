/// The only reader of the cluster: informers, and the compact records that are kept of what they
/// see. Events only write records and name what they touch; nothing is decided here.
@NullMarked
package dev.weir.controller.gather;

import org.jspecify.annotations.NullMarked;
