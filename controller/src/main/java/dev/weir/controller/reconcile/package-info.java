/// From what is in the cluster to what proxies are to run: a coalescing queue, one worker that
/// renders what changed, and the snapshots that the config stream serves. No request to the API
/// server is made here.
@NullMarked
package dev.weir.controller.reconcile;

import org.jspecify.annotations.NullMarked;
