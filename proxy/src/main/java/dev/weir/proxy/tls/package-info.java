/// TLS with clients, a stage between the accept and the protocol, and with endpoints.
///
/// A connection's ClientHello is read and bounded here; the name that it asks for and the
/// signatures that it understands choose a [dev.weir.proxy.tls.ServerContext], one for each
/// certificate of a listener, whose library (BoringSSL, or the JDK where that does not load) does
/// the rest. [dev.weir.proxy.tls.OriginTls] is the other side: what is spoken with endpoints, and
/// whom their certificates must be for.
///
/// Contexts are built on the apply thread, everything else runs on the connection's loop.
@NullMarked
package dev.weir.proxy.tls;

import org.jspecify.annotations.NullMarked;
