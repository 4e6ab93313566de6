package dev.weir.proxy.origin;

import dev.weir.config.pem.CommonName;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.net.HelloFacts;
import dev.weir.proxy.net.TlsFacts;
import dev.weir.proxy.proxyprotocol.ProxyHeader;
import dev.weir.proxy.proxyprotocol.ProxyHeader.ClientTls;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnections;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How one client connection is announced to endpoints, and the connections that were: they serve
/// this client and nobody else, and end with it. Thread: the client connection's loop.
public final class Announcement {
  private final ProxyHeader header;
  private final Map<Endpoint, IdleConnections> idle = new HashMap<>();
  private boolean closed;

  /// @param arrival the client's connection
  public Announcement(Arrival arrival) {
    this.header = header(arrival);
  }

  /// What endpoints are told.
  public ProxyHeader header() {
    return header;
  }

  /// The unused connections to an endpoint that announced this client.
  public IdleConnections idle(Endpoint endpoint) {
    IdleConnections own = idle.computeIfAbsent(endpoint, each -> new IdleConnections());
    if (closed) {
      own.close();
    }
    return own;
  }

  /// The client is gone: closes unused connections, and others when they are not used any more.
  public void close() {
    closed = true;
    idle.values().forEach(IdleConnections::close);
  }

  /// What there is to say of a client: what is known of it here, and before that what a trusted
  /// proxy said.
  public static ProxyHeader header(Arrival arrival) {
    ProxyHeader said = arrival.announced();
    SocketAddress source = plain(arrival.client());
    SocketAddress destination =
        plain(said == null ? arrival.channel().localAddress() : said.destination());
    if (source instanceof InetSocketAddress != destination instanceof InetSocketAddress) {
      return ProxyHeader.LOCAL;
    }
    TlsFacts tls = arrival.tls();
    String id = said == null ? null : said.uniqueId();
    List<ProxyHeader.Other> others = said == null ? List.of() : said.others();
    if (tls != null) {
      return new ProxyHeader(
          source, destination, tls.name(), tls.protocol(), id, clientTls(tls), others);
    }
    HelloFacts hello = arrival.hello();
    String asked = hello == null ? null : hello.name();
    return said == null
        ? new ProxyHeader(source, destination, asked, null, null, null)
        : new ProxyHeader(
            source,
            destination,
            asked == null ? said.authority() : asked,
            said.alpn(),
            id,
            said.tls(),
            others);
  }

  /// The JDK's class of addresses; the empty path for the client of a unix socket, which has no
  /// address.
  private static SocketAddress plain(@Nullable SocketAddress address) {
    return switch (address) {
      case InetSocketAddress ip -> ip;
      case UnixDomainSocketAddress unix -> unix;
      case DomainSocketAddress unix -> UnixDomainSocketAddress.of(unix.path());
      case null, default -> UnixDomainSocketAddress.of("");
    };
  }

  private static ClientTls clientTls(TlsFacts tls) {
    TlsFacts.Certificate certificate = tls.client();
    boolean shown = certificate != null;
    return new ClientTls(
        shown,
        shown,
        true,
        tls.version(),
        tls.cipher(),
        certificate == null ? null : CommonName.of(certificate.subject()),
        null,
        null);
  }
}
