/// HTTP/1.1 over bytes, both sides: parsing in place, framing, serialising by span copy. Handlers
/// translate between bytes and the exchange and hold no policy. Thread: the connection's event
/// loop.
@NullMarked
package dev.weir.proxy.http1;

import org.jspecify.annotations.NullMarked;
