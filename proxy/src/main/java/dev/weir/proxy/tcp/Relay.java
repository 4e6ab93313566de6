package dev.weir.proxy.tcp;

import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
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
///   SEARCHING ──connected──▶ OPEN ──both ends shut, or idle──▶ CLOSED
/// ```
///
/// [EndpointSearch] finds the endpoint. Bytes go through the two channels until an end has been
/// sending much for a while; where the system can, a [Bulk] takes the sockets over then.
///
/// Nothing is read from the client before the endpoint is there, so any try can be repeated.
/// Thread: the client connection's loop.
final class Relay implements LiveConnection {
  private enum State {
    SEARCHING,
    OPEN,
    CLOSED
  }

  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  private final TcpPlan plan;
  private final LoopListener listener;
  private final Loop loop;
  private final Side client;
  private final AccessRecord record;
  private final EndpointSearch search;
  private final IdleDeadline deadline = new IdleDeadline();
  private State state = State.SEARCHING;
  private @Nullable Side origin;
  private boolean clientGone;
  private boolean leaving;
  private @Nullable Bulk bulk;

  /// What the client sent before the endpoint was there: with the end of its output the system
  /// hands over unasked what came before.
  private @Nullable ByteBuf early;

  private Relay(
      Arrival arrival, AccessRecord record, LoopListener listener, TcpPlan plan, Pool pool) {
    this.plan = plan;
    this.record = record;
    this.listener = listener;
    this.loop = listener.loop();
    this.client = new Side(arrival.channel(), this, true);
    this.search = new EndpointSearch(this, arrival, record, plan, pool, loop);
  }

  /// Takes over a connection that is through all stages.
  ///
  /// @param record who it is, and when it came
  static LiveConnection start(
      Arrival arrival, AccessRecord record, LoopListener listener, TcpPlan plan, Pool pool) {
    Relay relay = new Relay(arrival, record, listener, plan, pool);
    arrival.channel().pipeline().addLast(relay.client);
    relay.search.start();
    return relay;
  }

  /// The endpoint is there, by whose channel everything goes from now on.
  void connected(Channel channel) {
    state = State.OPEN;
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
        LOG.error("a relay cannot go on", e);
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
      case SEARCHING -> search.stage();
      case OPEN, CLOSED -> 'D';
    };
  }

  /// Ends the relay, once: closes both sides, counts and logs.
  ///
  /// @param failure null when all went well
  void end(@Nullable Failure failure) {
    if (state == State.CLOSED) {
      return;
    }
    record.stage = stage();
    search.stop();
    state = State.CLOSED;
    loop.deadlines().remove(deadline);
    ReferenceCountUtil.release(early);
    early = null;
    record.failure = failure;
    record.ended = loop.tick();
    if (failure == Failure.QUEUE_TIMEOUT) {
      record.dequeued = record.ended;
    }
    Endpoint held = search.endpoint();
    if (held != null) {
      record.endpointConnections = Math.max(0, held.inFlight() - 1);
      Traffic traffic = held.traffic().on(loop);
      traffic.bytes(record.bytesIn, record.bytesOut);
      if (failure != null) {
        traffic.failure(failure);
      }
      search.release();
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
        record.poolConnections = search.pool().load();
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
            plan.config().timeouts().idle().toNanos(),
            search.pool().config().timeouts().idle().toNanos());
    loop.deadlines().set(deadline, loop.now() + idle);
  }

  /// Nothing happened for too long.
  private final class IdleDeadline extends Deadlines.Deadline {
    private final Backlog backlog = new Backlog();

    @Override
    protected void expired() {
      if (state == State.OPEN) {
        Side to = origin;
        Bulk past = bulk;
        long now =
            past != null
                ? past.pending()
                : client.pendingBytes() + (to == null ? 0 : to.pendingBytes());
        if (now > 0 && !backlog.stalled(now)) {
          armIdle();
        } else {
          end(Failure.CLIENT_STALLED);
        }
      }
    }
  }
}
