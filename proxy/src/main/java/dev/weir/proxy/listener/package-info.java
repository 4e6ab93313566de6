/// Sockets that accept, and the connections that came from them: bind, limit, drain. Sockets
/// outlive configurations; what they do with a connection is a [ListenerPlan], swapped on each
/// loop.
@NullMarked
package dev.weir.proxy.listener;

import org.jspecify.annotations.NullMarked;
