package dev.weir.proxy.exchange;

import dev.weir.config.ListenerConfig.Limits;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Holds a request's body to its listener's limits: how large it may be, and how fast it must come
/// while nobody but the client is waited for. Thread: the exchange's loop.
final class BodyLimits extends Deadlines.Deadline {
  /// Over how long the rate is measured.
  static final Duration WINDOW = Duration.ofSeconds(5);

  private final Exchange exchange;
  private final Loop loop;
  private @Nullable Limits limits;
  private long size;
  private long inWindow;
  private boolean heldBack;

  BodyLimits(Exchange exchange, Loop loop) {
    this.exchange = exchange;
    this.loop = loop;
  }

  /// A request's head is there.
  ///
  /// @param steady whether the body comes without pauses of the client's own
  /// @return false when the head says that the body is too large
  boolean start(Limits now, RequestHead head, boolean steady) {
    limits = now;
    size = 0;
    inWindow = 0;
    heldBack = false;
    if (steady && now.bodyRate() > 0) {
      loop.deadlines().in(this, WINDOW);
    }
    return now.bodySize() == 0 || head.bodyLength() <= now.bodySize();
  }

  /// A part of the body came.
  ///
  /// @return false when the body is too large
  boolean received(int bytes) {
    Limits now = limits;
    size += bytes;
    inWindow += bytes;
    return now == null || now.bodySize() == 0 || size <= now.bodySize();
  }

  /// The client is not read from for now.
  void holdBack() {
    heldBack = true;
  }

  /// The response has begun: the client may take its time from now on.
  void responding() {
    loop.deadlines().cancel(this);
  }

  /// The body is complete, or nobody waits for it any more.
  void stop() {
    limits = null;
    loop.deadlines().cancel(this);
  }

  /// Nothing comes after this.
  void close() {
    loop.deadlines().remove(this);
  }

  @Override
  protected void expired() {
    Limits now = limits;
    if (now == null) {
      return;
    }
    boolean waiting = exchange.wantsBody();
    if (waiting && !heldBack && inWindow < now.bodyRate() * WINDOW.toSeconds()) {
      exchange.clientFailed(Failure.BODY_TOO_SLOW);
      return;
    }
    inWindow = 0;
    heldBack = !waiting;
    loop.deadlines().in(this, WINDOW);
  }
}
