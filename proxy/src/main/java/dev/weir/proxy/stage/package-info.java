/// What connections pass between their accept and their protocol, as far as it is about their first
/// bytes: a PROXY header, the ClientHello of TLS that passes through. Thread: the connection's
/// loop. Not here: TLS that ends here (package `tls`), and what goes on afterwards.
@NullMarked
package dev.weir.proxy.stage;

import org.jspecify.annotations.NullMarked;
