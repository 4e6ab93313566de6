package dev.weir.proxy.exchange;

import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.upstream.IdleConnection;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The origin's side of one exchange: a connection to an endpoint that belongs to the exchange
/// until it is released.
///
/// Writes are buffered until [#flush]. Thread: the exchange's loop.
public interface OriginStream extends IdleConnection {

  /// Sends the request's head and tells the exchange from now on what comes back.
  void request(RequestHead head, Forwarding forwarding, Exchange exchange);

  /// Sends a part of the request's body. Takes ownership.
  void body(ByteBuf data);

  /// The request is complete.
  void end(@Nullable MessageHead trailers);

  /// Sends what was buffered.
  void flush();

  /// Whether the origin keeps up: when not, [Exchange#originWritable] follows.
  boolean writable();

  /// Reads more of the response, or of the tunnel.
  void readMore();

  /// From now on what the origin sends goes to the tunnel as it is, and [#body] is what goes there.
  void tunnel(Tunnel through);

  /// The client will send nothing more through the tunnel.
  void shutdownOutput();

  /// The exchange is done with a connection that can be used again.
  void release();

  /// Bytes that wait to be taken by the origin's socket; shrinks while the origin makes progress.
  long pendingBytes();
}
