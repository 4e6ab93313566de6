/// What is true, told in the resource's status: aggregated purely from what is rendered, run and
/// reported, written at most once a second and only when it changed.
@NullMarked
package dev.weir.controller.status;

import org.jspecify.annotations.NullMarked;
