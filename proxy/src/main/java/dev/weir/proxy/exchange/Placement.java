package dev.weir.proxy.exchange;

import dev.weir.config.PoolConfig.ProxyProtocol;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.proxyprotocol.ProxyHeader;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnections;
import dev.weir.proxy.upstream.Pick;
import dev.weir.proxy.upstream.Pool;
import dev.weir.proxy.upstream.Waiter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Finds a connection for an exchange: picks an endpoint, waits for a slot on one, takes an idle
/// connection or opens one, and goes elsewhere when that fails.
///
/// ```
///   IDLE ──pick──▶ (idle connection) ─────────────▶ placed
///     └──▶ QUEUED ──slot──▶ CONNECTING ──connected──▶ placed
///              └── timeout, full ──▶ Failure  └── refused, timeout ──▶ another endpoint or Failure
/// ```
///
/// Holds the slot on the endpoint until [#release]. Thread: the exchange's loop.
public final class Placement implements Waiter {
  private enum State {
    IDLE,
    QUEUED,
    CONNECTING
  }

  private final Exchange exchange;
  private final Ledger ledger;
  private final Loop loop;
  private final Pick pick = new Pick();
  private final Patience deadline = new Patience();

  private State state = State.IDLE;
  private @Nullable OriginConnector connector;
  private @Nullable Pool pool;
  private @Nullable Endpoint endpoint;
  private boolean reused;
  private int attempts;
  private long connecting;
  private boolean expected;

  Placement(Exchange exchange, Ledger ledger, Loop loop) {
    this.exchange = exchange;
    this.ledger = ledger;
    this.loop = loop;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /// The pool of the request under way.
  @Nullable Pool pool() {
    return pool;
  }

  /// The endpoint whose slot is held.
  @Nullable Endpoint endpoint() {
    return endpoint;
  }

  /// Whether the connection was used by an earlier request.
  boolean reused() {
    return reused;
  }

  /// Where the search stands, as a letter of HAProxy's termination state.
  char stage() {
    return state == State.QUEUED ? 'Q' : 'C';
  }

  /// Starts the search for a new request.
  void start(OriginConnector with, Pool target) {
    connector = with;
    pool = target;
    reused = false;
    attempts = 0;
    pick.clear();
    if (target.queued() > 0) {
      enqueue(target);
    } else {
      assign(target);
    }
  }

  /// Ends the search. The slot, if there is one, stays until [#release].
  void stop() {
    Pool target = pool;
    if (state == State.QUEUED && target != null) {
      expected |= !target.quit(this);
    }
    expected |= state == State.CONNECTING;
    idle();
  }

  /// Whether a slot or a connection that was asked for may still come, for a request that is over.
  boolean expected() {
    return expected;
  }

  /// Gives the slot on the endpoint back.
  void leave() {
    releaseEndpoint();
  }

  /// Gives the slot on the endpoint back, if it is held, and forgets the pool.
  void release() {
    releaseEndpoint();
    pool = null;
  }

  /// Nothing comes after this.
  void close() {
    loop.deadlines().remove(deadline);
  }

  private void idle() {
    if (state != State.IDLE) {
      state = State.IDLE;
      loop.deadlines().cancel(deadline);
    }
  }

  private void assign(Pool target) {
    Endpoint found = target.acquire(pick);
    if (found != null) {
      use(found);
    } else if (target.usable()) {
      enqueue(target);
    } else {
      exchange.end(Failure.NO_ENDPOINT);
    }
  }

  private void enqueue(Pool target) {
    if (!target.join(this)) {
      exchange.end(Failure.QUEUE_FULL);
      return;
    }
    ledger.record().queued = target.queued();
    state = State.QUEUED;
    arm(target.config().queue().timeout());
    Endpoint found = target.queued() == 1 ? target.acquire(pick) : null;
    if (found != null) {
      if (target.leave(this)) {
        idle();
        use(found);
      } else {
        found.release();
      }
    }
  }

  @Override
  public void slotFree() {
    Pool target = pool;
    if (state == State.QUEUED && target != null) {
      loop.tick();
      idle();
      assign(target);
    }
  }

  private void use(Endpoint found) {
    endpoint = found;
    long now = loop.now();
    ledger.chosen(found, now);
    OriginStream there = connector().reuse(home(found));
    if (there != null) {
      reused = true;
      exchange.placed(there, now);
    } else {
      connect(found);
    }
  }

  private OriginConnector connector() {
    OriginConnector with = connector;
    if (with == null) {
      throw new IllegalStateException("no request to connect for");
    }
    return with;
  }

  private void connect(Endpoint found) {
    reused = false;
    state = State.CONNECTING;
    connecting = loop.now();
    arm(found.pool().config().timeouts().connect());
    connector().connect(found, loop, this);
  }

  /// Whom connections to an endpoint announce; null when they announce nobody and serve everybody.
  public @Nullable ProxyHeader header(Endpoint to) {
    if (!announces(to)) {
      return null;
    }
    ProxyHeader header = exchange.announcement().header();
    boolean named = to.pool().approach().announces() == ProxyProtocol.V2;
    return named ? header.called(exchange.facts().requestId()) : header;
  }

  /// Where connections to an endpoint are that take another request of this client.
  public IdleConnections home(Endpoint to) {
    return announces(to) ? exchange.announcement().idle(to) : to.idle(loop);
  }

  private static boolean announces(Endpoint to) {
    return to.pool().approach().announces() != null;
  }

  /// The connection that was asked for is there. Returns false when it is not wanted any more.
  public boolean connected(Endpoint to, OriginStream stream) {
    if (!waitsFor(to)) {
      return false;
    }
    loop.tick();
    ledger.connected(to, loop.now() - connecting);
    joined(to, stream);
    return true;
  }

  /// As [#connected], but the connection was opened for another request.
  public boolean joined(Endpoint to, OriginStream stream) {
    if (!waitsFor(to)) {
      return false;
    }
    idle();
    exchange.placed(stream, loop.now());
    return true;
  }

  /// Whether a connection to the endpoint is still waited for.
  public boolean waitsFor(Endpoint to) {
    return state == State.CONNECTING && endpoint == to;
  }

  /// The connection that was asked for could not be made, for a reason that lets the request go
  /// elsewhere.
  public void connectFailed(Endpoint to, Failure failure) {
    if (waitsFor(to)) {
      loop.tick();
      elsewhere(failure);
    }
  }

  /// A connection ended before anything came back for a request that may be sent again: a kept one
  /// that the origin had closed is replaced by a new one to the same endpoint.
  void again(Failure failure) {
    Endpoint same = endpoint;
    if (reused && same != null && same.eligible()) {
      connect(same);
    } else {
      elsewhere(failure);
    }
  }

  /// A try failed. Goes to another endpoint, if there is one, when the pool's retries allow it.
  void elsewhere(Failure failure) {
    idle();
    Endpoint tried = endpoint;
    Pool target = pool;
    if (tried == null || target == null || attempts >= target.config().retries()) {
      exchange.end(failure);
      return;
    }
    attempts++;
    ledger.retried(tried, failure, attempts);
    pick.exclude(tried);
    releaseEndpoint();
    assign(target);
  }

  private void releaseEndpoint() {
    Endpoint held = endpoint;
    endpoint = null;
    if (held != null) {
      ledger.left(held);
      held.release();
    }
  }

  private void arm(Duration timeout) {
    loop.deadlines().in(deadline, timeout);
  }

  /// Waited for a slot or for a connection as long as the pool allows.
  private final class Patience extends Deadlines.Deadline {
    @Override
    protected void expired() {
      switch (state) {
        case IDLE -> {}
        case QUEUED -> exchange.end(Failure.QUEUE_TIMEOUT);
        case CONNECTING -> {
          expected = true;
          elsewhere(Failure.CONNECT_TIMEOUT);
        }
      }
    }
  }
}
