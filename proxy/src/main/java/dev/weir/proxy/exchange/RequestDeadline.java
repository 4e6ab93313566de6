package dev.weir.proxy.exchange;

import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Bounds a request as a whole, from its first byte to the end of its response, by what its
/// listener allows and by what its client says. Thread: the exchange's loop.
final class RequestDeadline extends Deadlines.Deadline {
  private final Exchange exchange;
  private final Loop loop;
  private boolean set;
  private long at;

  RequestDeadline(Exchange exchange, Loop loop) {
    this.exchange = exchange;
    this.loop = loop;
  }

  /// A request's head is there.
  ///
  /// @param started when its first byte came, in terms of [System#nanoTime]
  /// @param limit the listener's; null for none
  /// @param own the client's in nanoseconds, 0 for none
  void start(long started, @Nullable Duration limit, long own) {
    long nanos = limit == null ? Long.MAX_VALUE : limit.toNanos();
    if (own > 0) {
      nanos = Math.min(nanos, own);
    }
    set = nanos < Long.MAX_VALUE;
    if (set) {
      at = started + nanos;
      loop.deadlines().set(this, at);
    }
  }

  /// Whether it is met, though nobody may have said so yet.
  boolean over() {
    return set && loop.now() - at >= 0;
  }

  /// The request is over, or bounded by something else from now on.
  void cancel() {
    loop.deadlines().cancel(this);
  }

  /// Nothing comes after this.
  void close() {
    loop.deadlines().remove(this);
  }

  @Override
  protected void expired() {
    if (!exchange.idle()) {
      exchange.end(Failure.REQUEST_DEADLINE);
    }
  }
}
