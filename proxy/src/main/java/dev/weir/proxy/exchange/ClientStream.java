package dev.weir.proxy.exchange;

import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.origin.Announcement;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The client's side of one exchange, as the exchange sees it. Protocols implement it and decide
/// nothing.
///
/// Writes are buffered until [#flush]. Thread: the exchange's loop.
public interface ClientStream {

  /// Sends a head: any number of informational ones, then one final, or a 101 that is followed by
  /// [#tunnel].
  ///
  /// @param length the body's length as it will be sent: 0 for none, [ResponseHead#CHUNKED] when it
  ///   is not known
  /// @param last whether the connection cannot be used after this response
  void respond(ResponseHead head, long length, boolean last);

  /// How origins are told who the client is; the same for everything that comes over one
  /// connection.
  Announcement announcement();

  /// Answers the request with a redirect.
  void redirect(Redirection redirection);

  /// Sends a part of the response's body. Takes ownership.
  void body(ByteBuf data);

  /// The response is complete.
  void end(@Nullable MessageHead trailers);

  /// Sends a local reply, or ends a response that has begun so that the client sees that it is cut.
  ///
  /// @param begun whether a final head was sent
  void fail(Failure failure, boolean begun);

  /// Sends what was buffered.
  void flush();

  /// Whether the client keeps up: when not, [Exchange#clientWritable] follows.
  boolean writable();

  /// Reads more of the request's body, or of the tunnel.
  void readMore();

  /// From now on what the client sends goes to the tunnel as it is, and [#body] is what comes back.
  void tunnel(Tunnel through);

  /// The origin will send nothing more through the tunnel.
  void shutdownOutput();

  /// The exchange is over, well or not: the next request may come, or the connection ends.
  void next();

  /// Bytes that wait to be taken by the client's socket; shrinks while the client makes progress.
  long pendingBytes();
}
