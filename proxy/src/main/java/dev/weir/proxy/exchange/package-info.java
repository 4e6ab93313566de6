/// The control flow of one HTTP request and its response: route, pick, connect, send, retry,
/// receive. Everything that decides is here; protocols implement [ClientStream] and [OriginStream].
/// Thread: the client connection's event loop.
@NullMarked
package dev.weir.proxy.exchange;

import org.jspecify.annotations.NullMarked;
