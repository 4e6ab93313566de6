package dev.weir.proxy.http2;

import dev.weir.proxy.exchange.OriginConnector;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.exchange.Placement;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.OriginSockets;
import dev.weir.proxy.upstream.Endpoint;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Opens HTTP/2 connections to endpoints. Requests that come while one is being opened wait for it,
/// as many as it will take; what is over that opens another one. Thread: the loop of the call.
public final class Http2Connector implements OriginConnector {
  private final OriginSockets sockets;
  private final OriginWatch.Patience patience;
  private final List<Map<Endpoint, Opening>> openings;

  /// @param sockets opens the sockets
  /// @param loops how many there are
  public Http2Connector(OriginSockets sockets, int loops) {
    this(sockets, loops, OriginWatch.Patience.USUAL);
  }

  /// @param patience with peers that say nothing
  Http2Connector(OriginSockets sockets, int loops, OriginWatch.Patience patience) {
    this.sockets = sockets;
    this.patience = patience;
    this.openings = new ArrayList<>(loops);
    for (int i = 0; i < loops; i++) {
      openings.add(new IdentityHashMap<>());
    }
  }

  @Override
  public @Nullable OriginStream reuse(Endpoint endpoint, Loop loop) {
    return endpoint.idle(loop).take() instanceof Http2OriginConnection connection
        ? connection.open()
        : null;
  }

  @Override
  public void connect(Endpoint endpoint, Loop loop, Placement placement) {
    Map<Endpoint, Opening> mine = openings.get(loop.index());
    Opening opening = mine.get(endpoint);
    if (opening != null && opening.add(placement)) {
      return;
    }
    var address = endpoint.address();
    if (address == null) {
      placement.connectFailed(endpoint, Failure.CONNECT_FAILED);
      return;
    }
    Opening next = new Opening(endpoint, loop, mine, patience);
    next.add(placement);
    mine.put(endpoint, next);
    sockets
        .connect(loop, address, endpoint.pool().config().timeouts().connect())
        .addListener((ChannelFuture done) -> next.done(done));
  }

  /// A connection that is being opened, and who waits for it.
  private static final class Opening {
    private final Endpoint endpoint;
    private final Loop loop;
    private final Map<Endpoint, Opening> among;
    private final OriginWatch.Patience patience;
    private final List<Placement> waiting = new ArrayList<>();

    Opening(
        Endpoint endpoint, Loop loop, Map<Endpoint, Opening> among, OriginWatch.Patience patience) {
      this.patience = patience;
      this.endpoint = endpoint;
      this.loop = loop;
      this.among = among;
    }

    /// Returns false when the connection will take no more.
    boolean add(Placement placement) {
      if (waiting.size() >= Http2OriginConnection.MAX_STREAMS) {
        return false;
      }
      waiting.add(placement);
      return true;
    }

    void done(ChannelFuture connecting) {
      among.remove(endpoint, this);
      if (connecting.isSuccess()) {
        opened(connecting.channel());
      } else {
        Failure failure = OriginSockets.failure(connecting.cause());
        waiting.forEach(placement -> placement.connectFailed(endpoint, failure));
      }
    }

    private void opened(Channel channel) {
      var connection = new Http2OriginConnection(channel, endpoint, loop, false, patience);
      channel.pipeline().addLast(connection);
      boolean first = true;
      for (Placement placement : waiting) {
        if (placement.waitsFor(endpoint)) {
          Http2OriginStream stream = connection.open();
          if (first) {
            placement.connected(endpoint, stream);
          } else {
            placement.joined(endpoint, stream);
          }
          first = false;
        }
      }
      connection.opened();
    }
  }
}
