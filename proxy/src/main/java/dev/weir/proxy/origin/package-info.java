/// Opens connections to endpoints up to the point where their protocol begins: the socket, the
/// PROXY header, TLS. Everything of a connection belongs to its loop. Not here: which endpoint, and
/// what is said to it.
@NullMarked
package dev.weir.proxy.origin;

import org.jspecify.annotations.NullMarked;
