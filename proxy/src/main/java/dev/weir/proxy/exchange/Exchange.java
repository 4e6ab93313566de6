package dev.weir.proxy.exchange;

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
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import io.netty.buffer.ByteBuf;
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
/// [Placement] finds the connection, [Tunnel] passes bytes both ways. Any state ends in IDLE by a
/// [Failure]. The request's body streams while the state is WAITING or RESPONDING. Reused for the
/// next request of its connection. Thread: the client connection's loop; every method.
public final class Exchange {
  private enum State {
    IDLE,
    PLACING,
    WAITING,
    RESPONDING,
    TUNNEL
  }

  private final ClientStream client;
  private final Loop loop;
  private final Ledger ledger;
  private final AccessRecord record;
  private final Placement placement;
  private final OriginSide origin;
  private final RequestDeadline deadline;
  private final BodyLimits body;

  private State state = State.IDLE;
  private @Nullable HttpPlan plan;
  private @Nullable RequestHead request;
  private @Nullable Forwarding forwarding;
  private MessageEdits edits = MessageEdits.NONE;
  private @Nullable RequestFacts facts;
  private @Nullable Tunnel tunnel;

  /// @param client the connection or stream that requests come from
  public Exchange(ClientStream client, LoopListener listener) {
    this.client = client;
    this.loop = listener.loop();
    this.ledger = new Ledger(listener);
    this.record = ledger.record();
    this.origin = new OriginSide(this, loop);
    this.deadline = new RequestDeadline(this, loop);
    this.body = new BodyLimits(this, loop);
    this.placement = new Placement(this, ledger, loop);
  }

  /// Goes on for another connection of the same loop. Only while no request is under way.
  public void moveTo(LoopListener listener) {
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
    return ledger.grpc();
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
    return origin.wantsBody();
  }

  /// Whether an origin has the request.
  private boolean forwarded() {
    return state == State.WAITING || state == State.RESPONDING;
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
    origin.start(head);
    ledger.received(newPlan, head);
    boolean grpc = ledger.grpc();
    deadline.start(
        record.started, newPlan.config().timeouts().request(), grpc ? Grpc.timeout(head) : 0);
    if (!newPlan.admits(record.tls())) {
      end(Failure.MISDIRECTED);
      return;
    }
    if (!origin.requestDone() && !body.start(newPlan.config().limits(), head, !grpc)) {
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
    if (!forwarded()) {
      data.release();
      return;
    }
    if (!body.received(data.readableBytes())) {
      data.release();
      end(Failure.BODY_TOO_LARGE);
      return;
    }
    origin.body(data);
    if (!origin.wantsBody()) {
      body.holdBack();
    }
    renew();
  }

  /// The request is complete.
  public void requestEnd(@Nullable MessageHead trailers) {
    body.stop();
    origin.end(trailers);
    renew();
  }

  /// The client has no more bytes for now: what was passed on may go.
  public void requestFlush() {
    origin.flush();
  }

  /// The client is gone, or cannot be served any longer.
  public void clientFailed(Failure failure) {
    if (state != State.IDLE) {
      end(failure);
    }
  }

  /// The client takes bytes again.
  public void clientWritable() {
    Tunnel through = tunnel;
    if (through != null) {
      through.clientWritable();
    } else if (state == State.RESPONDING && client.writable()) {
      origin.readMore();
    }
  }

  // --- to the origin

  /// A connection is there: sends the request.
  void placed(OriginStream stream, long now) {
    RequestHead head = request;
    Forwarding how = forwarding;
    if (head == null || how == null) {
      throw new IllegalStateException("no request to send");
    }
    state = State.WAITING;
    record.connected = now;
    origin.begin(stream, head, how);
    if (!origin.requestDone()) {
      client.readMore();
    }
    origin.flush();
    renew();
    origin.readMore();
  }

  /// The origin's connection ended before a final head, or what it sent makes no sense.
  ///
  /// A connection that was used before may have been closed by the origin at any moment: what is
  /// safe to send again is sent again on a new one (RFC 9110 section 9.2.2, RFC 9112 section
  /// 9.3.1).
  public void originFailed(Failure failure) {
    if (deadline.over() && forwarded()) {
      // The origin of a call knows its deadline too, and may be the first to act on it.
      end(Failure.REQUEST_DEADLINE);
      return;
    }
    switch (state) {
      case WAITING -> {
        RequestHead head = request;
        boolean safe =
            failure == Failure.ORIGIN_CLOSED
                && origin.untouched()
                && head != null
                && head.repeatable();
        origin.drop();
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
    origin.drop();
    if (!origin.untouched() || head == null || head.upgrade()) {
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
    ledger.responded(head);
    if (head.status() == 101 || to.tunnels(head)) {
      startTunnel(head, to);
      return;
    }
    state = State.RESPONDING;
    body.responding();
    origin.responded(reusable);
    long length = to.isMethod(Methods.HEAD) ? 0 : head.bodyLength();
    client.respond(head, length < 0 ? ResponseHead.CHUNKED : length, !origin.requestDone());
    renew();
  }

  private void startTunnel(ResponseHead head, RequestHead to) {
    OriginStream from = to.upgrade() ? origin.give() : null;
    if (from == null) {
      record.refusal = Refusal.SWITCH;
      originFailed(Failure.BAD_RESPONSE);
      return;
    }
    state = State.TUNNEL;
    deadline.cancel();
    Tunnel through = new Tunnel(this, client, from, loop, plan().config().timeouts().tunnelIdle());
    tunnel = through;
    client.respond(head, 0, true);
    client.flush();
    through.open();
  }

  /// A part of the response's body. Takes ownership.
  public void responseBody(ByteBuf data) {
    if (state != State.RESPONDING) {
      data.release();
      return;
    }
    client.body(data);
    renew();
  }

  /// The response is complete.
  public void responseEnd(@Nullable MessageHead trailers) {
    if (state != State.RESPONDING) {
      return;
    }
    ledger.complete(trailers);
    client.end(trailers);
    // The slot is free before the client can know that it is: its next request may come at once.
    origin.done();
    placement.leave();
    client.flush();
    end(null);
  }

  /// The origin has no more bytes for now: what was passed on may go.
  public void responseFlush() {
    if (state == State.RESPONDING || state == State.TUNNEL) {
      client.flush();
    }
  }

  /// The origin takes bytes again.
  public void originWritable() {
    Tunnel through = tunnel;
    if (through != null ? through.wantsMore() : wantsBody()) {
      client.readMore();
      requestFlush();
    }
  }

  /// Somebody did something, or has a reason not to: the origin's time begins anew.
  void renew() {
    Pool target = placement.pool();
    if (target != null) {
      origin.renew(target.config().timeouts());
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
  ///
  /// @param failure null when all went well
  void end(@Nullable Failure failure) {
    boolean begun = state == State.RESPONDING || state == State.TUNNEL;
    record.stage = stage();
    state = State.IDLE;
    placement.stop();
    body.stop();
    deadline.cancel();
    origin.drop();
    closeTunnel();
    Endpoint endpoint = placement.endpoint();
    if (failure != null && endpoint != null) {
      endpoint.traffic().on(loop).failure(failure);
    }
    Pool pool = placement.pool();
    placement.release();
    if (failure != null) {
      ledger.failed(failure, begun);
      client.fail(failure, begun);
    }
    ledger.close(plan(), pool, failure);
    request = null;
    forwarding = null;
    client.next();
  }

  private void closeTunnel() {
    Tunnel through = tunnel;
    tunnel = null;
    if (through != null) {
      through.close();
    }
  }

  /// The connection is closed: nothing comes after this.
  public void close() {
    placement.close();
    body.close();
    origin.close();
    deadline.close();
  }

  private HttpPlan plan() {
    HttpPlan now = plan;
    if (now == null) {
      throw new IllegalStateException("no request under way");
    }
    return now;
  }
}
