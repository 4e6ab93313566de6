/// The PROXY protocol, versions 1 and 2, as HAProxy's proxy-protocol.txt defines it: a header in
/// front of a connection's bytes that says who the client is. Pure functions between bytes and
/// records, on any thread. Not here: who may send such a header, how long it may take, and which
/// connections get one.
@NullMarked
package dev.weir.proxy.proxyprotocol;

import org.jspecify.annotations.NullMarked;
