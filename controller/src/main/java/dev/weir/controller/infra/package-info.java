/// The objects of a LoadBalancer that has its own proxies: rendered purely, applied by server-side
/// apply, never taken from somebody else.
@NullMarked
package dev.weir.controller.infra;

import org.jspecify.annotations.NullMarked;
