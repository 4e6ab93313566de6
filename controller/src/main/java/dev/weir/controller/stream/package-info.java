/// The controller's end of the config stream: a TLS WebSocket server on which proxies are told what
/// to run and say what became of it.
///
/// Netty's event loops only move bytes. Each proxy has one [dev.weir.controller.stream.Session] on
/// a virtual thread of its own, which compares what the proxy has with what it should have and
/// sends the difference; authentication runs on virtual threads too. What is wanted comes from a
/// [dev.weir.controller.stream.SnapshotSource], what was reported goes to a
/// [dev.weir.controller.stream.ProxyReports]; rendering and status are not here.
@NullMarked
package dev.weir.controller.stream;

import org.jspecify.annotations.NullMarked;
