/// Active health checks: a state machine per endpoint, probes on sockets of their own, all on the
/// control loop.
///
/// The result goes to [dev.weir.proxy.upstream.Endpoint#healthy], whose only writer this is. Not
/// here: what a data loop notices about an endpoint.
@NullMarked
package dev.weir.proxy.health;

import org.jspecify.annotations.NullMarked;
