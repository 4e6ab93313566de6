package dev.weir.proxy.listener;

import dev.weir.proxy.net.HelloFacts;
import dev.weir.proxy.net.TlsFacts;
import dev.weir.proxy.proxyprotocol.ProxyHeader;
import io.netty.channel.Channel;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// An accepted connection, and what is known about it before its protocol speaks. Each [Stage]
/// hands on what it found out. Immutable.
///
/// @param channel registered on the loop, active; it reads only when asked to
/// @param client who the client is, for logs, headers and limits: the other end of the socket, or
///   whom a trusted proxy names; null when that is unknown
/// @param tls null without TLS
/// @param announced what a trusted proxy said of the client; null when none did, or nothing
/// @param hello what the client asks for, where TLS passes through; null otherwise
public record Arrival(
    Channel channel,
    @Nullable SocketAddress client,
    @Nullable TlsFacts tls,
    @Nullable ProxyHeader announced,
    @Nullable HelloFacts hello) {

  /// A connection that was just accepted.
  public static Arrival of(Channel channel) {
    return new Arrival(channel, channel.remoteAddress(), null, null, null);
  }

  /// This connection, which comes from somebody else than it seems if the header says who.
  public Arrival from(ProxyHeader header) {
    return header.source() == null
        ? this
        : new Arrival(channel, header.source(), tls, header, hello);
  }

  /// This connection after a TLS handshake.
  public Arrival over(TlsFacts handshake) {
    return new Arrival(channel, client, handshake, announced, hello);
  }

  /// This connection, whose TLS passes through.
  public Arrival asking(HelloFacts asked) {
    return new Arrival(channel, client, tls, announced, asked);
  }
}
