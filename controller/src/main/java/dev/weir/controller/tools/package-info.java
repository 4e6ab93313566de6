/// The commands for people: `weir status`, `diff`, `explain` and `render`, also as `kubectl weir`.
/// They read files, the cluster and what controllers tell of themselves, and change nothing. What
/// they say is computed by pure functions; nothing of a running controller is here.
@NullMarked
package dev.weir.controller.tools;

import org.jspecify.annotations.NullMarked;
