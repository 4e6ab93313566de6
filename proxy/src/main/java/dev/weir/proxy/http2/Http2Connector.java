package dev.weir.proxy.http2;

import dev.weir.config.PoolConfig.Protocol;
import dev.weir.proxy.exchange.OriginConnector;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.exchange.Placement;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnections;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Opens HTTP/2 connections to endpoints. Requests that come while one is being opened wait for it,
/// as many as it will take; what is over that opens another one. Thread: the loop of the call.
public final class Http2Connector implements OriginConnector {
  private final OriginDialer dialer;
  private final OriginWatch.Patience patience;
  private final List<Map<IdleConnections, Opening>> openings;

  /// @param dialer opens connections up to the protocol
  /// @param loops how many there are
  public Http2Connector(OriginDialer dialer, int loops) {
    this(dialer, loops, OriginWatch.Patience.USUAL);
  }

  /// @param patience with peers that say nothing
  Http2Connector(OriginDialer dialer, int loops, OriginWatch.Patience patience) {
    this.dialer = dialer;
    this.patience = patience;
    this.openings = new ArrayList<>(loops);
    for (int i = 0; i < loops; i++) {
      openings.add(new IdentityHashMap<>());
    }
  }

  @Override
  public @Nullable OriginStream reuse(IdleConnections home) {
    return home.take() instanceof Http2OriginConnection connection ? connection.open() : null;
  }

  @Override
  public void connect(Endpoint endpoint, Loop loop, Placement placement) {
    Map<IdleConnections, Opening> mine = openings.get(loop.index());
    IdleConnections home = placement.home(endpoint);
    Opening opening = mine.get(home);
    if (opening != null && opening.add(placement)) {
      return;
    }
    Opening next = new Opening(endpoint, loop, home, mine, patience);
    next.add(placement);
    mine.put(home, next);
    dialer.dial(endpoint, loop, Protocol.HTTP2, placement.header(endpoint), next);
  }

  /// A connection that is being opened, and who waits for it.
  private static final class Opening implements OriginDialer.Caller {
    private final Endpoint endpoint;
    private final Loop loop;
    private final IdleConnections home;
    private final Map<IdleConnections, Opening> among;
    private final OriginWatch.Patience patience;
    private final List<Placement> waiting = new ArrayList<>();

    Opening(
        Endpoint endpoint,
        Loop loop,
        IdleConnections home,
        Map<IdleConnections, Opening> among,
        OriginWatch.Patience patience) {
      this.patience = patience;
      this.endpoint = endpoint;
      this.loop = loop;
      this.home = home;
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

    @Override
    public void failed(Failure failure) {
      among.remove(home, this);
      waiting.forEach(placement -> placement.connectFailed(endpoint, failure));
    }

    @Override
    public void opened(Channel channel, Approach approach) {
      among.remove(home, this);
      var connection = new Http2OriginConnection(channel, endpoint, approach, home, loop, patience);
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
