package dev.weir.proxy.exchange;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The origin's side of an exchange: the stream to it, how much of the request it was given, and
/// how long it may take for what comes next. Thread: the exchange's loop.
final class OriginSide extends Deadlines.Deadline {
  private final Exchange exchange;
  private final Loop loop;
  private @Nullable OriginStream stream;
  private boolean requestDone;
  private boolean bodyGiven;
  private boolean responded;
  private boolean reusable;
  private long pending;

  OriginSide(Exchange exchange, Loop loop) {
    this.exchange = exchange;
    this.loop = loop;
  }

  /// A request begins, which no origin has yet.
  void start(RequestHead head) {
    requestDone = head.bodyLength() == 0;
    bodyGiven = responded = reusable = false;
  }

  /// An origin is there, and gets the head.
  void begin(OriginStream to, RequestHead head, Forwarding forwarding) {
    stream = to;
    to.request(head, forwarding, exchange);
    if (requestDone) {
      to.end(null);
    }
  }

  /// Whether the whole request is there, if not with the origin.
  boolean requestDone() {
    return requestDone;
  }

  /// Whether it takes a part of the request's body now.
  boolean wantsBody() {
    OriginStream to = stream;
    return to != null && !requestDone && to.writable();
  }

  /// Whether the request could go to another origin as well: no part of its body was given away.
  boolean untouched() {
    return !bodyGiven;
  }

  /// Gives it a part of the request's body. Takes ownership.
  void body(ByteBuf data) {
    OriginStream to = stream;
    if (to == null) {
      data.release();
    } else {
      bodyGiven = true;
      to.body(data);
    }
  }

  /// The request is complete.
  void end(@Nullable MessageHead trailers) {
    requestDone = true;
    OriginStream to = stream;
    if (to != null) {
      bodyGiven |= trailers != null;
      to.end(trailers);
      to.flush();
    }
  }

  void flush() {
    OriginStream to = stream;
    if (to != null) {
      to.flush();
    }
  }

  /// Reads more of the response.
  void readMore() {
    OriginStream from = stream;
    if (from != null) {
      from.readMore();
    }
  }

  /// The final head came.
  ///
  /// @param again whether its connection can be used again after this response
  void responded(boolean again) {
    responded = true;
    reusable = again;
  }

  /// Hands the stream over to a tunnel.
  @Nullable OriginStream give() {
    OriginStream from = stream;
    stream = null;
    loop.deadlines().cancel(this);
    return from;
  }

  /// The response is complete. The stream is free for another request if this one is complete too.
  void done() {
    OriginStream from = give();
    if (from == null) {
      return;
    }
    if (requestDone && reusable) {
      from.release();
    } else {
      from.close();
    }
  }

  /// Gives the stream up in the middle.
  void drop() {
    OriginStream from = give();
    if (from != null) {
      from.close();
    }
  }

  /// Nothing comes after this.
  void close() {
    loop.deadlines().remove(this);
  }

  // --- time

  /// Something happened: from now on it may take as long as it may for a response, or between two
  /// signs of life.
  void renew(PoolConfig.Timeouts timeouts) {
    if (stream != null) {
      loop.deadlines().in(this, requestDone && !responded ? timeouts.response() : timeouts.idle());
    }
  }

  /// Only a stall of the origin is its fault: while it takes what waits for it, or the client is
  /// the slow one, the client's own deadline decides.
  @Override
  protected void expired() {
    OriginStream to = stream;
    if (to == null) {
      return;
    }
    long now = to.pendingBytes();
    boolean progress = now > 0 && now < pending;
    pending = now;
    boolean clientSlow = responded ? !exchange.wantsResponse() : !requestDone && now == 0;
    if (progress || clientSlow) {
      exchange.renew();
    } else {
      exchange.end(responded ? Failure.ORIGIN_STALLED : Failure.RESPONSE_TIMEOUT);
    }
  }
}
