package dev.weir.proxy.exchange;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.edit.MessageEdits;
import dev.weir.proxy.edit.RequestFacts;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One HTTP request and its response: the only place that decides what happens next.
///
/// ```
///         start              placed             head
///   IDLE ───────▶ PLACING ────────────▶ WAITING ──────▶ RESPONDING ──▶ IDLE
///         (route)    ▲      send again     │    │ 101
///                    └─────────────────────┘    └────▶ TUNNEL ───────▶ IDLE
/// ```
///
/// [Placement] finds the connection. Any state ends in IDLE by a [Failure]. The request's body
/// streams while the state is WAITING or RESPONDING. Reused for the next request of its connection.
/// Thread: the client connection's loop; every method.
public final class Exchange {
  private enum State {
    IDLE,
    PLACING,
    WAITING,
    RESPONDING,
    TUNNEL
  }

  private ClientStream client;
  private final Loop loop;
  private final Ledger ledger;
  private final AccessRecord record;
  private final Placement placement;
  private final OriginDeadline deadline = new OriginDeadline();
  private final RequestDeadline whole = new RequestDeadline();
  private final BodyLimits body;

  private State state = State.IDLE;
  private @Nullable HttpPlan plan;
  private @Nullable RequestHead request;
  private @Nullable Forwarding forwarding;
  private MessageEdits edits = MessageEdits.NONE;
  private @Nullable RequestFacts facts;
  private @Nullable OriginStream origin;
  private boolean grpc;
  private boolean requestDone;
  private boolean bodySent;
  private boolean responseDone;
  private boolean originReusable;
  private boolean clientShut;
  private boolean originShut;

  /// @param client the connection or stream that requests come from
  public Exchange(ClientStream client, LoopListener listener) {
    this.client = client;
    this.loop = listener.loop();
    this.ledger = new Ledger(listener);
    this.record = ledger.record();
    this.body = new BodyLimits(this, loop);
    this.placement = new Placement(this, ledger, loop);
  }

  /// Leaves for another connection or stream of the same loop. Only while no request is under way.
  public void moveTo(ClientStream newClient, LoopListener listener) {
    client = newClient;
    ledger.moveTo(listener);
  }

  /// Whether [#moveTo] is possible: nobody will come back with what an earlier request asked for.
  public boolean reusable() {
    return state == State.IDLE && !placement.expected();
  }

  /// The record of the request under way; the protocol fills in what it knows: client, start,
  /// bytes.
  public AccessRecord record() {
    return record;
  }

  /// What is changed in the request's head; null for nothing.
  public @Nullable HeaderEdits requestEdits() {
    return edits.request();
  }

  /// What is changed in a head that came from the origin; null for nothing. As in HAProxy, 101 is
  /// edited and other informational responses are not.
  public @Nullable HeaderEdits responseEdits(ResponseHead head) {
    return head.informational() ? null : edits.response();
  }

  /// What the variables of edits stand for.
  public RequestFacts facts() {
    RequestFacts now = facts;
    if (now == null) {
      now = new RequestFacts(record, loop.requestIds());
      facts = now;
    }
    return now;
  }

  /// Whether the request under way is one of gRPC, which wants failures told in its own way.
  public boolean grpc() {
    return grpc;
  }

  /// How origins are told who the client is.
  Announcement announcement() {
    return client.announcement();
  }

  /// Whether no request is under way.
  public boolean idle() {
    return state == State.IDLE;
  }

  /// Whether the request's body may be read now: someone takes it.
  public boolean wantsBody() {
    OriginStream to = origin;
    return to != null
        && !requestDone
        && (state == State.WAITING || state == State.RESPONDING)
        && to.writable();
  }

  /// Whether bytes of the tunnel may be read from the client now.
  public boolean wantsTunnel() {
    OriginStream to = origin;
    return state == State.TUNNEL && to != null && !clientShut && to.writable();
  }

  /// Whether bytes may be read from the origin now.
  public boolean wantsResponse() {
    return client.writable();
  }

  // --- from the client

  /// A request's head is there. The head belongs to the exchange's user again when the exchange is
  /// idle.
  public void start(HttpPlan newPlan, RequestHead head, Forwarding newForwarding) {
    plan = newPlan;
    request = head;
    forwarding = newForwarding;
    requestDone = head.bodyLength() == 0;
    bodySent = responseDone = originReusable = clientShut = originShut = false;
    ledger.received(newPlan, head);
    grpc = Grpc.asks(head);
    armWhole(newPlan.config().timeouts().request(), grpc ? Grpc.timeout(head) : 0);
    if (!newPlan.admits(record.tls())) {
      end(Failure.MISDIRECTED);
      return;
    }
    if (!requestDone && !body.start(newPlan.config().limits(), head, !grpc)) {
      end(Failure.BODY_TOO_LARGE);
      return;
    }
    Route route = newPlan.route(head);
    if (route == null) {
      end(Failure.NO_ROUTE);
      return;
    }
    Redirection redirection = route.redirection();
    if (redirection != null && head.isConnect()) {
      end(Failure.METHOD_REFUSED);
      return;
    }
    if (redirection != null) {
      redirect(redirection, head);
      return;
    }
    if (route.nowhere()) {
      end(Failure.NO_ENDPOINT);
      return;
    }
    Route.Destination to = route.choose(route.chooses() ? loop.random() : 0);
    record.pool = to.pool().shortName();
    edits = to.edits();
    state = State.PLACING;
    placement.start(newPlan.connectors().of(to.pool().config(), head), to.pool());
  }

  /// The whole request is bounded by the listener and by what its client says.
  ///
  /// @param limit null for none
  /// @param own in nanoseconds, 0 for none
  private void armWhole(@Nullable Duration limit, long own) {
    long nanos = limit == null ? Long.MAX_VALUE : limit.toNanos();
    if (own > 0) {
      nanos = Math.min(nanos, own);
    }
    whole.set = nanos < Long.MAX_VALUE;
    if (whole.set) {
      whole.at = record.started + nanos;
      loop.deadlines().set(whole, whole.at);
    }
  }

  private void redirect(Redirection redirection, RequestHead head) {
    if (!redirection.possible(head)) {
      end(Failure.BAD_REQUEST);
      return;
    }
    record.status = redirection.status();
    record.local = true;
    client.redirect(redirection);
    end(null);
  }

  /// A part of the request's body. Takes ownership.
  public void requestBody(ByteBuf data) {
    OriginStream to = origin;
    if (to == null || state != State.WAITING && state != State.RESPONDING) {
      data.release();
      return;
    }
    if (!body.received(data.readableBytes())) {
      data.release();
      end(Failure.BODY_TOO_LARGE);
      return;
    }
    bodySent = true;
    to.body(data);
    if (!to.writable()) {
      body.holdBack();
    }
    armOrigin();
  }

  /// The request is complete.
  public void requestEnd(@Nullable MessageHead trailers) {
    requestDone = true;
    body.stop();
    OriginStream to = origin;
    if (to != null && (state == State.WAITING || state == State.RESPONDING)) {
      bodySent |= trailers != null;
      to.end(trailers);
      to.flush();
      armOrigin();
    }
  }

  /// The client has no more bytes for now: what was passed on may go.
  public void requestFlush() {
    OriginStream to = origin;
    if (to != null) {
      to.flush();
    }
  }

  /// The client is gone, or cannot be served any longer.
  public void clientFailed(Failure failure) {
    if (state != State.IDLE) {
      end(failure);
    }
  }

  /// The client takes bytes again.
  public void clientWritable() {
    OriginStream from = origin;
    if (from != null && (state == State.RESPONDING || state == State.TUNNEL) && client.writable()) {
      from.readMore();
    }
  }

  /// Bytes for the tunnel. Takes ownership.
  public void tunnelFromClient(ByteBuf data) {
    OriginStream to = origin;
    if (to == null) {
      data.release();
      return;
    }
    armTunnel();
    to.body(data);
    to.flush();
  }

  /// The client will send nothing more.
  public void clientShutdown() {
    OriginStream to = origin;
    if (state == State.TUNNEL && to != null && !clientShut) {
      clientShut = true;
      to.shutdownOutput();
      endTunnel();
    }
  }

  // --- to the origin

  /// No endpoint takes the request.
  void unplaced(Failure failure) {
    end(failure);
  }

  /// A connection is there: sends the request.
  void placed(OriginStream stream, long now) {
    RequestHead head = request;
    Forwarding how = forwarding;
    if (head == null || how == null) {
      throw new IllegalStateException("no request to send");
    }
    origin = stream;
    state = State.WAITING;
    record.connected = now;
    stream.request(head, how, this);
    if (requestDone) {
      stream.end(null);
    } else {
      client.readMore();
    }
    stream.flush();
    armOrigin();
    stream.readMore();
  }

  /// The origin's connection ended before a final head, or what it sent makes no sense.
  ///
  /// A connection that was used before may have been closed by the origin at any moment: what is
  /// safe to send again is sent again on a new one (RFC 9110 section 9.2.2, RFC 9112 section
  /// 9.3.1).
  public void originFailed(Failure failure) {
    if (whole.over() && (state == State.WAITING || state == State.RESPONDING)) {
      // The origin of a call knows its deadline too, and may be the first to act on it.
      end(Failure.REQUEST_DEADLINE);
      return;
    }
    switch (state) {
      case WAITING -> {
        boolean safe = replayable() && failure == Failure.ORIGIN_CLOSED;
        dropOrigin();
        if (safe) {
          state = State.PLACING;
          placement.again(failure);
        } else {
          end(failure);
        }
      }
      case RESPONDING -> end(failure == Failure.BAD_RESPONSE_BODY ? failure : Failure.ORIGIN_CUT);
      case TUNNEL -> end(null);
      case IDLE, PLACING -> {}
    }
  }

  /// The origin says that it did not look at the request (RFC 9113 section 8.7): whatever the
  /// method is, it is sent again, unless a part of its body was given away.
  ///
  /// @param leaving whether it was only because the connection takes no more requests
  public void originRefused(boolean leaving) {
    if (state != State.WAITING) {
      originFailed(Failure.ORIGIN_CUT);
      return;
    }
    RequestHead head = request;
    dropOrigin();
    if (bodySent || head == null || head.upgrade()) {
      end(Failure.ORIGIN_REFUSED);
    } else {
      state = State.PLACING;
      if (leaving) {
        placement.again(Failure.ORIGIN_REFUSED);
      } else {
        placement.elsewhere(Failure.ORIGIN_REFUSED);
      }
    }
  }

  private boolean replayable() {
    RequestHead head = request;
    return head != null
        && !bodySent
        && head.bodyLength() == 0
        && head.idempotent()
        && !head.upgrade();
  }

  // --- from the origin

  /// A head came from the origin; it stays the origin's.
  ///
  /// @param reusable whether the origin's connection can be used again after this response
  public void responseHead(ResponseHead head, boolean reusable) {
    RequestHead to = request;
    if (state != State.WAITING || to == null) {
      return;
    }
    if (head.informational()) {
      if (to.minorVersion() > 0) {
        client.respond(head, 0, false);
        client.flush();
      }
      return;
    }
    record.status = head.status();
    record.responded = loop.now();
    if (grpc) {
      record.grpcStatus = Grpc.status(head);
    }
    if (head.status() == 101 || to.tunnels(head)) {
      startTunnel(head, to);
      return;
    }
    state = State.RESPONDING;
    body.responding();
    originReusable = reusable;
    long length = to.isMethod(Methods.HEAD) ? 0 : head.bodyLength();
    client.respond(head, length < 0 ? ResponseHead.CHUNKED : length, !requestDone);
    armOrigin();
  }

  private void startTunnel(ResponseHead head, RequestHead to) {
    OriginStream from = origin;
    if (!to.upgrade() || from == null) {
      record.refusal = Refusal.SWITCH;
      originFailed(Failure.BAD_RESPONSE);
      return;
    }
    state = State.TUNNEL;
    loop.deadlines().cancel(whole);
    client.respond(head, 0, true);
    client.flush();
    from.tunnel();
    client.tunnel();
    armTunnel();
  }

  /// A part of the response's body. Takes ownership.
  public void responseBody(ByteBuf data) {
    if (state != State.RESPONDING) {
      data.release();
      return;
    }
    client.body(data);
    armOrigin();
  }

  /// The response is complete.
  public void responseEnd(@Nullable MessageHead trailers) {
    if (state != State.RESPONDING) {
      return;
    }
    responseDone = true;
    if (grpc) {
      grpcEnd(trailers);
    }
    client.end(trailers);
    // The slot is free before the client can know that it is: its next request may come at once.
    finishOrigin(true);
    placement.leave();
    client.flush();
    end(null);
  }

  private void grpcEnd(@Nullable MessageHead trailers) {
    if (trailers != null) {
      record.grpcStatus = Grpc.status(trailers);
    }
    if (record.grpcStatus == Grpc.NONE) {
      record.grpcStatus = Grpc.status(record.status);
    }
  }

  /// The origin has no more bytes for now: what was passed on may go.
  public void responseFlush() {
    if (state == State.RESPONDING || state == State.TUNNEL) {
      client.flush();
    }
  }

  /// The origin takes bytes again.
  public void originWritable() {
    if (wantsBody() || wantsTunnel()) {
      client.readMore();
      requestFlush();
    }
  }

  /// Bytes from the tunnel. Takes ownership.
  public void tunnelFromOrigin(ByteBuf data) {
    if (state != State.TUNNEL) {
      data.release();
      return;
    }
    armTunnel();
    client.body(data);
    client.flush();
  }

  /// The origin will send nothing more.
  public void originShutdown() {
    if (state == State.TUNNEL && !originShut) {
      originShut = true;
      client.shutdownOutput();
      endTunnel();
    }
  }

  private void endTunnel() {
    if (clientShut && originShut) {
      end(null);
    }
  }

  // --- the end

  /// A request was refused before it became one: counted and logged like any other.
  public void refuse(HttpPlan newPlan, Failure failure) {
    plan = newPlan;
    end(failure);
  }

  /// The stage's letter in HAProxy's termination state.
  private char stage() {
    return switch (state) {
      case IDLE -> 'R';
      case PLACING -> placement.stage();
      case WAITING -> 'H';
      case RESPONDING, TUNNEL -> 'D';
    };
  }

  /// Ends the exchange, once: releases what it holds, tells the client, counts and logs.
  private void end(@Nullable Failure failure) {
    boolean tunnel = state == State.TUNNEL;
    boolean begun = state == State.RESPONDING || tunnel;
    record.stage = stage();
    state = State.IDLE;
    placement.stop();
    body.stop();
    loop.deadlines().cancel(whole);
    loop.deadlines().cancel(deadline);
    finishOrigin(failure == null && !tunnel);
    Endpoint endpoint = placement.endpoint();
    if (failure != null && endpoint != null) {
      endpoint.traffic().on(loop).failure(failure);
    }
    Pool pool = placement.pool();
    placement.release();
    if (failure != null) {
      if (!begun) {
        record.status = grpc && failure.status() != 0 ? 200 : failure.status();
      }
      if (grpc) {
        record.grpcStatus = Grpc.status(failure);
      }
      record.failure = failure;
      client.fail(failure, begun);
    }
    ledger.close(currentPlan(), pool, failure);
    request = null;
    forwarding = null;
    grpc = false;
    client.next();
  }

  private void finishOrigin(boolean clean) {
    OriginStream from = origin;
    origin = null;
    if (from == null) {
      return;
    }
    if (clean && requestDone && responseDone && originReusable) {
      from.release();
    } else {
      from.close();
    }
  }

  private void dropOrigin() {
    OriginStream from = origin;
    origin = null;
    if (from != null) {
      from.close();
    }
  }

  /// The connection is closed: nothing comes after this.
  public void close() {
    placement.close();
    body.close();
    loop.deadlines().remove(whole);
    loop.deadlines().remove(deadline);
  }

  private HttpPlan currentPlan() {
    HttpPlan now = plan;
    if (now == null) {
      throw new IllegalStateException("no request under way");
    }
    return now;
  }

  // --- time

  private void arm(Duration timeout) {
    loop.deadlines().in(deadline, timeout);
  }

  private void armOrigin() {
    Pool target = placement.pool();
    if (target == null) {
      return;
    }
    PoolConfig.Timeouts timeouts = target.config().timeouts();
    boolean waiting = state == State.WAITING && requestDone;
    arm(waiting ? timeouts.response() : timeouts.idle());
  }

  private void armTunnel() {
    arm(currentPlan().config().timeouts().tunnelIdle());
  }

  /// The whole request took too long.
  private final class RequestDeadline extends Deadlines.Deadline {
    private boolean set;
    private long at;

    /// Whether it is met, though nobody may have said so yet.
    boolean over() {
      return set && loop.now() - at >= 0;
    }

    @Override
    protected void expired() {
      if (state != State.IDLE) {
        end(Failure.REQUEST_DEADLINE);
      }
    }
  }

  /// The origin's side took too long.
  private final class OriginDeadline extends Deadlines.Deadline {
    private long pending;

    @Override
    protected void expired() {
      switch (state) {
        case IDLE, PLACING -> {}
        case WAITING -> stalled(requestDone ? Failure.RESPONSE_TIMEOUT : Failure.ORIGIN_STALLED);
        case RESPONDING -> stalled(Failure.ORIGIN_STALLED);
        case TUNNEL -> end(null);
      }
    }

    /// Only a stall of the origin is its fault: while the client is the slow one, its own deadline
    /// decides.
    private void stalled(Failure failure) {
      OriginStream to = origin;
      long now = to == null ? 0 : to.pendingBytes();
      boolean progress = now > 0 && now < pending;
      pending = now;
      boolean clientSlow =
          state == State.RESPONDING ? !client.writable() : !requestDone && now == 0;
      if (progress || clientSlow) {
        armOrigin();
      } else {
        end(
            failure == Failure.ORIGIN_STALLED && state == State.WAITING
                ? Failure.RESPONSE_TIMEOUT
                : failure);
      }
    }
  }
}
