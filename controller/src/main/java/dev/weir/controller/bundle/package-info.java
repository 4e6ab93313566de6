/// Bundles: what proxies of a group run, in Secrets that their pods mount, for pods that start
/// while every controller is away. Only the leader writes them, on a thread of its own, at a
/// bounded rate; nothing else waits for it.
@NullMarked
package dev.weir.controller.bundle;

import org.jspecify.annotations.NullMarked;
