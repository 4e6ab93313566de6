package dev.weir.controller.stream;

import java.time.Duration;

/// How the server runs.
///
/// @param controller which replica this is, as proxies and logs show it
/// @param address the IP to listen on, `*` for all
/// @param port 0 for one that the system chooses
/// @param pingInterval how often idle proxies are pinged; a stream without an answer for three of
///   them is closed
/// @param handshakeTimeout from accept to a complete `hello`
/// @param ackDeadline after which a proxy counts as lagging
/// @param ackTimeout after which its stream is closed, so that it comes back with what it has
/// @param maxPending connections that have not proved who they are; further ones are closed at once
/// @param maxSessions connected proxies
public record StreamServerOptions(
    String controller,
    String address,
    int port,
    Duration pingInterval,
    Duration handshakeTimeout,
    Duration ackDeadline,
    Duration ackTimeout,
    int maxPending,
    int maxSessions) {
  /// Ping 5 s, handshake 10 s, ack 10 s and 60 s, 256 pending, 10000 sessions.
  public static StreamServerOptions defaults(String controller, String address, int port) {
    return new StreamServerOptions(
        controller,
        address,
        port,
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60),
        256,
        10_000);
  }
}
