package dev.weir.proxy.stage;

import dev.weir.proxy.exchange.Networks;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.Passage;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.TlsFacts;
import dev.weir.proxy.proxyprotocol.Parsed;
import dev.weir.proxy.proxyprotocol.ProxyHeaderParser;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes a PROXY header from the start of every connection: from then on the client is whom it
/// names. Connections from elsewhere than the networks that may say so are closed before a byte of
/// theirs is looked at, and so are those without a header. Immutable.
public final class ProxyHeaderStage implements Stage {
  private final Networks from;

  /// @param from networks in CIDR notation; clients of unix sockets may send a header when one of
  ///   these is everybody
  public ProxyHeaderStage(List<String> from) {
    this.from = new Networks(from);
  }

  @Override
  public boolean admits(@Nullable TlsFacts tls) {
    return true;
  }

  @Override
  public Attempt begin(Arrival arrival, Passage passage) {
    var attempt = new Reading(arrival, passage);
    if (trusted(arrival.client())) {
      return attempt.begin();
    }
    attempt.refuse(Failure.PROXY_NETWORK, "nobody there may send a PROXY header");
    return attempt;
  }

  private boolean trusted(@Nullable SocketAddress peer) {
    return peer instanceof InetSocketAddress ip ? from.contains(ip.getAddress()) : from.everyone();
  }

  /// One connection's header.
  private static final class Reading extends FirstBytes {
    Reading(Arrival arrival, Passage passage) {
      super(arrival, passage);
    }

    @Override
    void look(ByteBuf all) {
      switch (ProxyHeaderParser.parse(all)) {
        case Parsed.Incomplete more -> {}
        case Parsed.Refused refused -> refuse(Failure.PROXY_HEADER, refused.reason().text());
        case Parsed.Complete(var header, int length) -> {
          all.skipBytes(length);
          announce(arrival().from(header));
        }
      }
    }

    private void announce(Arrival now) {
      if (passage().admit(now)) {
        pass(now);
      } else {
        refuse(Failure.CLIENT_CONNECTIONS, "named by a PROXY header");
      }
    }

    @Override
    Failure late() {
      return Failure.PROXY_TIMEOUT;
    }

    @Override
    Failure cut() {
      return Failure.PROXY_HEADER;
    }
  }
}
