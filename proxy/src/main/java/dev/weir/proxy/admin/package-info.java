/// Pages for operators and machines: health and metrics on a port, state on a unix socket or, with
/// a token, on TCP.
///
/// Served by Netty's own HTTP codec on the control loop: this is not the data path. Pages only
/// read.
@NullMarked
package dev.weir.proxy.admin;

import org.jspecify.annotations.NullMarked;
