package dev.weir.proxy.tcp;

import dev.weir.config.PoolConfig.Protocol;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's TCP connection and the connection to an endpoint that goes with it: bytes both ways,
/// half-close kept.
///
/// ```
///   QUEUED ──slot──▶ CONNECTING ──connected──▶ OPEN ──both ends shut, or idle──▶ CLOSED
///                      │    ▲ another endpoint
///                      └────┘
/// ```
///
/// Bytes go through the two channels until an end has been sending much for a while; where the
/// system can, a [Bulk] takes the sockets over then.
///
/// Nothing is read from the client before the endpoint is there, so any try can be repeated.
/// Thread: the client connection's loop.
final class Relay implements LiveConnection, Waiter {
  private enum State {
    QUEUED,
    CONNECTING,
    OPEN,
    CLOSED
  }

  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  private final Arrival arrival;
  private final TcpPlan plan;
  private final Pool pool;
  private final LoopListener listener;
  private final Loop loop;
  private final Side client;
  private final AccessRecord record;
  private final Pick pick = new Pick();
  private final RelayDeadline deadline = new RelayDeadline();
  private State state = State.CONNECTING;
  private @Nullable Side origin;
  private @Nullable Endpoint endpoint;
  private int attempts;
  private long tried;
  private boolean clientGone;
  private boolean leaving;
  private @Nullable Bulk bulk;

  /// What the client sent before the endpoint was there: with the end of its output the system
  /// hands over unasked what came before.
  private @Nullable ByteBuf early;

  private Relay(
      Arrival arrival, AccessRecord record, LoopListener listener, TcpPlan plan, Pool pool) {
    this.arrival = arrival;
    this.plan = plan;
    this.pool = pool;
    this.record = record;
    this.listener = listener;
    this.loop = listener.loop();
    this.client = new Side(arrival.channel(), this, true);
    record.pool = pool.shortName();
  }

  /// Takes over a connection that is through all stages.
  ///
  /// @param record who it is, and when it came
  static LiveConnection start(
      Arrival arrival, AccessRecord record, LoopListener listener, TcpPlan plan, Pool pool) {
    Relay relay = new Relay(arrival, record, listener, plan, pool);
    arrival.channel().pipeline().addLast(relay.client);
    if (pool.queued() > 0) {
      relay.enqueue();
    } else {
      relay.assign();
    }
    return relay;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  // --- finding an endpoint

  private void assign() {
    Endpoint found = pool.acquire(pick);
    if (found != null) {
      connect(found);
    } else if (pool.usable()) {
      enqueue();
    } else {
      end(Failure.NO_ENDPOINT);
    }
  }

  private void enqueue() {
    if (!pool.join(this)) {
      end(Failure.QUEUE_FULL);
      return;
    }
    record.queued = pool.queued();
    state = State.QUEUED;
    arm(pool.config().queue().timeout());
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
    Duration timeout = found.pool().config().timeouts().connect();
    arm(timeout.plusMillis(200));
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

  private void release(Endpoint held) {
    endpoint = null;
    pool.traffic().on(loop).leave();
    if (plan.accessLog().counts()) {
      record.poolConnections = pool.load();
    }
    held.release();
  }

  private void connectFailed(Endpoint tried, Failure failure) {
    if (state != State.CONNECTING || endpoint != tried) {
      return;
    }
    if (attempts >= pool.config().retries()) {
      end(failure);
      return;
    }
    Traffic traffic = tried.traffic().on(loop);
    traffic.failure(failure);
    traffic.retry();
    attempts++;
    record.retries = attempts;
    pick.exclude(tried);
    release(tried);
    assign();
  }

  private void connected(Endpoint to, Channel channel) {
    if (state != State.CONNECTING || endpoint != to) {
      channel.close();
      return;
    }
    state = State.OPEN;
    record.connected = loop.tick();
    to.traffic().on(loop).connection(record.connected - tried);
    pool.traffic().on(loop).connection(record.connected - tried);
    Side side = new Side(channel, this, false);
    origin = side;
    channel.pipeline().addLast(side);
    armIdle();
    ByteBuf first = early;
    early = null;
    if (first != null) {
      data(true, first);
      side.flush();
    }
    client.read();
    side.read();
    if (client.inputShut()) {
      side.shutdownOutput();
    }
  }

  // --- from both sides

  private @Nullable Side other(boolean fromClient) {
    return fromClient ? origin : client;
  }

  void data(boolean fromClient, ByteBuf data) {
    Side to = other(fromClient);
    if (state != State.OPEN || to == null) {
      keepEarly(fromClient, data);
      return;
    }
    if (fromClient) {
      record.bytesIn += data.readableBytes();
    } else {
      record.bytesOut += data.readableBytes();
    }
    to.write(data);
  }

  private void keepEarly(boolean fromClient, ByteBuf data) {
    if (!fromClient || state == State.CLOSED) {
      data.release();
    } else if (early == null) {
      early = data;
    } else {
      early = Unpooled.wrappedBuffer(early, data);
    }
  }

  void readComplete(boolean fromClient) {
    Side to = other(fromClient);
    Side from = fromClient ? client : origin;
    if (state != State.OPEN || to == null || from == null) {
      return;
    }
    to.flush();
    armIdle();
    if (from.sendsBulk() && mayLeave(from, to)) {
      leave(from, to);
    } else if (to.writable() && !leaving) {
      from.read();
    }
  }

  void writable(boolean ofClient) {
    Side from = other(ofClient);
    if (state == State.OPEN && from != null && !leaving) {
      from.read();
    }
  }

  void shutdown(boolean ofClient) {
    Side to = other(ofClient);
    if (state != State.OPEN || to == null) {
      if (!ofClient) {
        end(null);
      }
      return;
    }
    if (leaving) {
      return; // the bulk transfer will see it
    }
    to.shutdownOutput();
    if (to.inputShut()) {
      end(null);
    }
  }

  void inactive(boolean ofClient) {
    if (ofClient) {
      clientGone = true;
    }
    try {
      if (state == State.OPEN) {
        Side to = other(ofClient);
        end(
            to != null && to.inputShut()
                ? null
                : ofClient ? Failure.CLIENT_ABORT : Failure.ORIGIN_CUT);
      } else if (ofClient && state != State.CLOSED) {
        end(Failure.CLIENT_ABORT);
      }
    } finally {
      if (ofClient) {
        listener.closed(this);
      }
    }
  }

  // --- past the channels

  private boolean mayLeave(Side from, Side to) {
    return !leaving && loop.pipes().usable() && from.canLeave() && to.canLeave();
  }

  private void leave(Side from, Side to) {
    leaving = true;
    from.closed().addListener(done -> inactive(from == client));
    to.closed().addListener(done -> inactive(to == client));
    from.leave().addListener(one -> to.leave().addListener(both -> takeOver()));
  }

  private void takeOver() {
    Side to = origin;
    if (state == State.OPEN && to != null) {
      try {
        Bulk next = new Bulk(this, loop, client, to, plan.dialer().allocator());
        bulk = next;
        next.start();
      } catch (RuntimeException e) {
        log.error("a relay cannot go on", e);
        end(Failure.INTERNAL);
      }
    }
  }

  /// So much was read by the bulk transfer.
  void moved(long fromClient, long fromOrigin) {
    record.bytesIn += fromClient;
    record.bytesOut += fromOrigin;
    if (fromClient + fromOrigin > 0 && state == State.OPEN) {
      armIdle();
    }
  }

  /// One end of the bulk transfer broke before its time.
  void broken(boolean ofClient) {
    end(ofClient ? Failure.CLIENT_ABORT : Failure.ORIGIN_CUT);
  }

  /// The bulk transfer passed on everything, both ends too.
  void finished() {
    end(null);
  }

  // --- the end

  private char stage() {
    return switch (state) {
      case QUEUED -> 'Q';
      case CONNECTING -> 'C';
      case OPEN, CLOSED -> 'D';
    };
  }

  private void end(@Nullable Failure failure) {
    if (state == State.CLOSED) {
      return;
    }
    record.stage = stage();
    if (state == State.QUEUED) {
      pool.quit(this);
    }
    state = State.CLOSED;
    loop.deadlines().remove(deadline);
    ReferenceCountUtil.release(early);
    early = null;
    record.failure = failure;
    record.ended = loop.tick();
    if (failure == Failure.QUEUE_TIMEOUT) {
      record.dequeued = record.ended;
    }
    Endpoint held = endpoint;
    if (held != null) {
      record.endpointConnections = Math.max(0, held.inFlight() - 1);
      Traffic traffic = held.traffic().on(loop);
      traffic.bytes(record.bytesIn, record.bytesOut);
      if (failure != null) {
        traffic.failure(failure);
      }
      release(held);
    }
    Duration patience = plan.config().timeouts().idle();
    Side to = origin;
    if (to != null) {
      close(to, failure, patience);
    }
    if (!clientGone) {
      close(client, failure, patience);
    }
    if (bulk != null) {
      bulk.close();
    }
    count(failure);
  }

  private void close(Side side, @Nullable Failure failure, Duration patience) {
    if (failure == null) {
      side.finish(loop, patience);
    } else {
      side.reset();
    }
  }

  private void count(@Nullable Failure failure) {
    Traffic traffic = plan.traffic().on(loop);
    traffic.bytes(record.bytesIn, record.bytesOut);
    if (failure != null) {
      traffic.failure(failure);
    }
    boolean empty = record.bytesIn == 0 && record.bytesOut == 0;
    if (!empty || !plan.config().accessLog().skipEmpty()) {
      record.processConnections = listener.processConnections();
      record.listenerConnections = listener.connections();
      if (record.endpoint == null) {
        record.poolConnections = pool.load();
      }
      plan.accessLog().log(record);
    }
  }

  /// A relay has no end of its own to wait for: it goes on until its peers or the drain time end
  /// it.
  @Override
  public void drain() {}

  @Override
  public void close() {
    end(Failure.DRAINED);
  }

  // --- time

  private void armIdle() {
    long idle =
        Math.min(
            plan.config().timeouts().idle().toNanos(), pool.config().timeouts().idle().toNanos());
    loop.deadlines().set(deadline, loop.now() + idle);
  }

  private void arm(Duration timeout) {
    loop.deadlines().in(deadline, timeout);
  }

  /// Nothing happened for too long.
  private final class RelayDeadline extends Deadlines.Deadline {
    private long waiting;

    @Override
    protected void expired() {
      switch (state) {
        case QUEUED -> end(Failure.QUEUE_TIMEOUT);
        case CONNECTING -> {
          Endpoint tried = endpoint;
          if (tried != null) {
            connectFailed(tried, Failure.CONNECT_TIMEOUT);
          }
        }
        case OPEN -> {
          Side to = origin;
          long now =
              bulk != null
                  ? bulk.pending()
                  : client.pendingBytes() + (to == null ? 0 : to.pendingBytes());
          boolean progress = now > 0 && (waiting == 0 || now < waiting);
          waiting = now;
          if (progress) {
            armIdle();
          } else {
            end(Failure.CLIENT_STALLED);
          }
        }
        case CLOSED -> {}
      }
    }
  }
}
