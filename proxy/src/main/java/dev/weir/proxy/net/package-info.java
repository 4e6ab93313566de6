/// Event loops and what belongs to each: transport, deadlines, scratch objects. Data loops serve
/// connections and never block; the control loop does everything else that needs a socket.
@NullMarked
package dev.weir.proxy.net;

import org.jspecify.annotations.NullMarked;
