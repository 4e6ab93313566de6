/// HTTP/2 (RFC 9113) and its header compression (RFC 7541): bytes of frames become heads in HTTP/1
/// form, and heads become frames. Protocol handlers multiplex streams over connections and hold no
/// policy: each stream is one side of an exchange. Thread: a connection's loop.
@NullMarked
package dev.weir.proxy.http2;

import org.jspecify.annotations.NullMarked;
