package dev.weir.proxy.tcp;

import dev.weir.config.PoolConfig.Protocol;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import dev.weir.proxy.origin.OriginDialer;
import dev.weir.proxy.proxyprotocol.ProxyHeader;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pick;
import dev.weir.proxy.upstream.Pool;
import dev.weir.proxy.upstream.Waiter;
import io.netty.channel.Channel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Finds an endpoint for a relay and connects to it; goes elsewhere when that fails.
///
/// ```
///   QUEUED ──slot──▶ CONNECTING ──connected──▶ OVER
///      └── timeout, full  │    ▲ another endpoint
///                         └────┘
/// ```
///
/// Holds the slot on the endpoint until [#release]. Thread: the relay's loop.
final class EndpointSearch extends Deadlines.Deadline implements Waiter {
  private enum State {
    QUEUED,
    CONNECTING,
    OVER
  }

  /// By how much longer than a connection may take we wait to be told.
  private static final Duration GRACE = Duration.ofMillis(200);

  private final Relay relay;
  private final Arrival arrival;
  private final AccessRecord record;
  private final TcpPlan plan;
  private final Pool pool;
  private final Loop loop;
  private final Pick pick = new Pick();
  private State state = State.CONNECTING;
  private @Nullable Endpoint endpoint;
  private int attempts;
  private long tried;

  EndpointSearch(
      Relay relay, Arrival arrival, AccessRecord record, TcpPlan plan, Pool pool, Loop loop) {
    this.relay = relay;
    this.arrival = arrival;
    this.record = record;
    this.plan = plan;
    this.pool = pool;
    this.loop = loop;
    record.pool = pool.shortName();
  }

  /// Begins, behind those who wait already.
  void start() {
    if (pool.queued() > 0) {
      enqueue();
    } else {
      assign();
    }
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /// The pool that the endpoint is of.
  Pool pool() {
    return pool;
  }

  /// The endpoint whose slot is held.
  @Nullable Endpoint endpoint() {
    return endpoint;
  }

  /// Where the search stands, as a letter of HAProxy's termination state.
  char stage() {
    return state == State.QUEUED ? 'Q' : 'C';
  }

  private void assign() {
    Endpoint found = pool.acquire(pick);
    if (found != null) {
      connect(found);
    } else if (pool.usable()) {
      enqueue();
    } else {
      relay.end(Failure.NO_ENDPOINT);
    }
  }

  private void enqueue() {
    if (!pool.join(this)) {
      relay.end(Failure.QUEUE_FULL);
      return;
    }
    record.queued = pool.queued();
    state = State.QUEUED;
    loop.deadlines().in(this, pool.config().queue().timeout());
    Endpoint found = pool.queued() == 1 ? pool.acquire(pick) : null;
    if (found != null) {
      if (pool.leave(this)) {
        connect(found);
      } else {
        found.release();
      }
    }
  }

  @Override
  public void slotFree() {
    if (state == State.QUEUED) {
      assign();
    }
  }

  private void connect(Endpoint found) {
    endpoint = found;
    record.redispatched |= record.endpoint != null && !record.endpoint.equals(found.name());
    record.endpoint = found.name();
    tried = loop.now();
    Traffic counters = pool.traffic().on(loop);
    counters.enter();
    if (record.dequeued == 0) {
      record.dequeued = tried;
      if (record.queued > 0) {
        counters.waited(tried - record.started);
      }
    }
    state = State.CONNECTING;
    loop.deadlines().in(this, found.pool().config().timeouts().connect().plus(GRACE));
    plan.dialer().dial(found, loop, Protocol.HTTP1, announcement(found), new Dial(found));
  }

  private @Nullable ProxyHeader announcement(Endpoint found) {
    return found.pool().approach().announces() == null ? null : Announcement.header(arrival);
  }

  /// One try to connect.
  private final class Dial implements OriginDialer.Caller {
    private final Endpoint to;

    Dial(Endpoint to) {
      this.to = to;
    }

    @Override
    public void opened(Channel channel, Approach approach) {
      connected(to, channel);
    }

    @Override
    public void failed(Failure failure) {
      connectFailed(to, failure);
    }
  }

  private void connected(Endpoint to, Channel channel) {
    if (state != State.CONNECTING || endpoint != to) {
      channel.close();
      return;
    }
    stop();
    record.connected = loop.tick();
    to.traffic().on(loop).connection(record.connected - tried);
    pool.traffic().on(loop).connection(record.connected - tried);
    relay.connected(channel);
  }

  private void connectFailed(Endpoint to, Failure failure) {
    if (state != State.CONNECTING || endpoint != to) {
      return;
    }
    if (attempts >= pool.config().retries()) {
      relay.end(failure);
      return;
    }
    attempts++;
    record.retries = attempts;
    Traffic traffic = to.traffic().on(loop);
    traffic.failure(failure);
    traffic.retry();
    pick.exclude(to);
    release();
    assign();
  }

  /// Ends the search. The slot, if there is one, stays until [#release].
  void stop() {
    if (state == State.QUEUED) {
      pool.quit(this);
    }
    state = State.OVER;
    loop.deadlines().remove(this);
  }

  /// Gives the slot on the endpoint back, if it is held.
  void release() {
    Endpoint held = endpoint;
    endpoint = null;
    if (held != null) {
      pool.traffic().on(loop).leave();
      if (plan.accessLog().counts()) {
        record.poolConnections = pool.load();
      }
      held.release();
    }
  }

  @Override
  protected void expired() {
    Endpoint late = endpoint;
    switch (state) {
      case QUEUED -> relay.end(Failure.QUEUE_TIMEOUT);
      case CONNECTING -> {
        if (late != null) {
          connectFailed(late, Failure.CONNECT_TIMEOUT);
        }
      }
      case OVER -> {}
    }
  }
}
