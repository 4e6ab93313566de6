package dev.weir.proxy.http1;

import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.exchange.Tunnel;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Inbox;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A client's HTTP/1 connection: reads bytes for requests, one at a time, each of which is a
/// [Turn], and ends when no other can follow.
///
/// ```
///   HEAD ──head──▶ BODY ──complete──▶ RESPONSE ──next──▶ HEAD
///                    └── 101 ──▶ TUNNEL            └── last ──▶ LINGER ──▶ closed
/// ```
///
/// Reads only when someone takes the bytes; while a response is under way one read may be ahead, so
/// that a client that goes away is noticed. Thread: the connection's loop.
public final class Http1ClientConnection extends ChannelInboundHandlerAdapter
    implements LiveConnection {
  private enum Phase {
    HEAD,
    BODY,
    RESPONSE,
    TUNNEL,
    LINGER
  }

  private final Arrival arrival;
  private final Channel channel;
  private final LoopListener listener;
  private final Loop loop;
  private final Turn.Spare turns;
  private final ClientDeadline deadline;
  private final Inbox in;
  private final Outbox out;
  private final Client client;

  private HttpPlan plan;
  private @Nullable ChannelHandlerContext context;
  private Phase phase = Phase.HEAD;
  private @Nullable Forwarding forwarding;
  private @Nullable Announcement announcement;
  private @Nullable Turn turn;
  private boolean processing;
  private boolean inputShut;
  private boolean used;
  private boolean undecided;
  private @Nullable Lingering lingering;

  private Http1ClientConnection(Arrival arrival, LoopListener listener, HttpPlan plan) {
    this.arrival = arrival;
    this.channel = arrival.channel();
    this.listener = listener;
    this.loop = listener.loop();
    this.plan = plan;
    this.turns = loop.shared(Turn.Spare.class, Turn.Spare::new);
    this.deadline = new ClientDeadline(this, channel, loop);
    this.in = new Inbox(loop.reads());
    this.out = new Outbox(channel, loop, arrival.tls() == null);
    this.client = new Client(arrival.client(), arrival.tls());
  }

  /// Takes over a connection that is through all stages.
  public static LiveConnection accept(Arrival arrival, LoopListener listener, HttpPlan plan) {
    Http1ClientConnection connection = new Http1ClientConnection(arrival, listener, plan);
    connection.loop.tick();
    arrival.channel().pipeline().addLast(connection);
    connection.deadline.head(plan.config().timeouts());
    arrival.channel().read();
    return connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  // --- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    loop.tick();
    ByteBuf bytes = (ByteBuf) message;
    in.add(bytes, ctx.alloc());
    if (!used && mayBeHttp2(ctx)) {
      return;
    }
    process();
    in.compact(ctx.alloc());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (phase == Phase.BODY || phase == Phase.RESPONSE) {
      exchange().requestFlush();
    }
    read();
  }

  /// Whether the first bytes may be those of HTTP/2, whose handler then takes the connection over.
  private boolean mayBeHttp2(ChannelHandlerContext ctx) {
    ByteBuf bytes = in.peek();
    HttpPlan.ClientProtocol http2 = arrival.tls() == null ? plan.http2() : null;
    undecided = false;
    if (bytes == null || http2 == null || !Preface.begins(bytes)) {
      return false;
    }
    undecided = bytes.readableBytes() < Preface.LENGTH;
    if (!undecided) {
      in.give();
      phase = Phase.LINGER;
      deadline.close();
      out.release();
      listener.replace(this, http2.accept(arrival, listener, plan));
      ctx.fireChannelRead(bytes);
      ctx.pipeline().remove(this);
    }
    return true;
  }

  private void process() {
    if (processing) {
      return;
    }
    processing = true;
    try {
      boolean progress = true;
      ByteBuf bytes;
      while (progress && (bytes = in.peek()) != null) {
        progress =
            switch (phase) {
              case HEAD -> readHead(bytes);
              case BODY -> readBody(bytes);
              case RESPONSE -> false;
              case TUNNEL -> {
                in.give();
                turn().tunnelled(bytes);
                yield false;
              }
              case LINGER -> discard(bytes);
            };
        in.trim();
      }
    } finally {
      processing = false;
    }
  }

  /// Reads more bytes if someone takes them.
  private void read() {
    if (inputShut) {
      exhausted();
      return;
    }
    boolean wanted =
        switch (phase) {
          case HEAD -> undecided || in.isEmpty();
          case RESPONSE -> in.isEmpty();
          case BODY -> exchange().wantsBody();
          case TUNNEL -> turn().tunnel().wantsMore();
          case LINGER -> true;
        };
    if (wanted) {
      context().read();
    }
  }

  /// The client sends nothing more: requests that it sent before are still answered.
  private void exhausted() {
    if (!in.isEmpty()) {
      return;
    }
    switch (phase) {
      case HEAD -> leave();
      case BODY -> exchange().clientFailed(Failure.CLIENT_ABORT);
      case RESPONSE -> turn().last();
      case TUNNEL, LINGER -> {}
    }
  }

  private boolean readHead(ByteBuf bytes) {
    Turn now = turn;
    if (now == null) {
      now = beginRequest();
    }
    int result = now.readHead(bytes);
    if (result == HeadParser.REFUSED) {
      now.exchange().refuse(plan, now.refused());
    } else if (result != HeadParser.INCOMPLETE) {
      startExchange(now);
    }
    return result != HeadParser.INCOMPLETE;
  }

  private Turn beginRequest() {
    plan = (HttpPlan) listener.plan();
    Turn now = turns.lend(this, listener, client, plan);
    turn = now;
    if (used) {
      deadline.head(plan.config().timeouts());
    }
    used = true;
    return now;
  }

  private void startExchange(Turn now) {
    RequestHead request = now.head();
    HttpPlan owner = plan.owner(request);
    if (owner != plan) {
      plan = owner;
      now.belongsTo(owner);
    }
    deadline.progress(plan.config().timeouts());
    if (!request.keepAlive() || listener.draining() || request.isConnect()) {
      now.last();
    }
    phase = now.expectBody() ? Phase.BODY : Phase.RESPONSE;
    Exchange exchange = now.exchange();
    forwarding = Forwarding.under(plan, client, forwarding);
    exchange.start(plan, request, forwarding);
  }

  private boolean readBody(ByteBuf bytes) {
    Turn now = turn();
    if (!now.exchange().wantsBody()) {
      return false;
    }
    if (now.readBody(bytes, channel.alloc()) && phase == Phase.BODY) {
      deadline.progress(plan.config().timeouts());
    }
    if (phase == Phase.BODY && now.bodyRead()) {
      phase = Phase.RESPONSE;
      now.endRequest();
    }
    return true;
  }

  private boolean discard(ByteBuf bytes) {
    Lingering end = lingering;
    if (end != null) {
      end.discard(bytes);
    }
    return end != null;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Closing.inputEnded(channel, event)) {
      loop.tick();
      inputShut = true;
      switch (phase) {
        case HEAD, BODY, RESPONSE -> exhausted();
        case TUNNEL -> turn().tunnel().clientEnded();
        case LINGER -> channel.close();
      }
    }
  }

  /// The client is gone between two requests, or in the middle of a head.
  private void leave() {
    Turn now = turn;
    if (now == null && !used && !plan.config().accessLog().skipEmpty()) {
      now = beginRequest();
    }
    if (now != null) {
      now.exchange().refuse(plan, Failure.CLIENT_ABORT);
    }
    linger().untilSent();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.tick();
    try {
      Turn now = turn;
      if (now != null && !now.exchange().idle()) {
        now.exchange().clientFailed(Failure.CLIENT_ABORT);
      } else if (phase == Phase.HEAD && !inputShut) {
        leave();
      }
      phase = Phase.LINGER;
      deadline.close();
      endTurn();
      if (lingering != null) {
        lingering.close();
      }
      if (announcement != null) {
        announcement.close();
      }
      in.release();
      out.release();
    } finally {
      listener.closed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    channel.close();
  }

  // --- the turn's view

  /// Where writes begin.
  ChannelHandlerContext context() {
    return Objects.requireNonNull(context, "not in a pipeline yet");
  }

  Outbox out() {
    return out;
  }

  Channel channel() {
    return channel;
  }

  LoopListener listener() {
    return listener;
  }

  /// Whether the whole request was read.
  boolean requestRead() {
    return phase == Phase.RESPONSE;
  }

  /// How origins are told who the client is.
  Announcement announcement() {
    Announcement known = announcement;
    if (known == null) {
      known = new Announcement(arrival);
      announcement = known;
    }
    return known;
  }

  /// Somebody takes bytes.
  void readMore() {
    process();
    read();
  }

  /// From now on what is read goes through a tunnel.
  void tunnel(Tunnel through) {
    phase = Phase.TUNNEL;
    deadline.cancel();
    readMore();
    if (inputShut) {
      through.clientEnded();
    }
  }

  /// Ends in the middle of a response.
  ///
  /// @param untilClose whether only the end of the connection would say that it is complete: a
  ///   reset says that it is not
  void cut(boolean untilClose) {
    Lingering end = linger();
    if (untilClose) {
      Closing.reset(channel);
    } else {
      out.flush(context());
      end.untilSent();
    }
  }

  /// A turn is over.
  ///
  /// @param last whether no other request can follow
  void next(boolean last) {
    boolean complete = phase == Phase.RESPONSE;
    boolean goodbye = complete && !turn().head().keepAlive();
    endTurn();
    if (!channel.isActive() || phase == Phase.LINGER) {
      return;
    }
    if (phase == Phase.TUNNEL) {
      linger().untilSent();
    } else if (last || !complete) {
      finish(goodbye);
    } else {
      phase = Phase.HEAD;
      deadline.nextRequest(plan.config().timeouts(), listener.draining());
      readMore();
    }
  }

  /// The last response is written.
  ///
  /// @param goodbye whether the client said that it sends nothing more
  private void finish(boolean goodbye) {
    Lingering end = linger();
    if (goodbye && in.isEmpty() && Backlog.of(channel) == 0) {
      channel.close();
    } else if (inputShut) {
      end.untilSent();
    } else {
      end.untilClientEnds();
      readMore();
    }
  }

  /// From here on nothing matters that the client sends.
  private Lingering linger() {
    phase = Phase.LINGER;
    deadline.cancel();
    Lingering end = new Lingering(channel, loop, plan.config().timeouts().idle());
    lingering = end;
    return end;
  }

  private Turn turn() {
    return Objects.requireNonNull(turn, "no request under way");
  }

  private Exchange exchange() {
    return turn().exchange();
  }

  private void endTurn() {
    Turn done = turn;
    turn = null;
    if (done != null) {
      turns.giveBack(done);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Turn now = turn;
    if (now != null && channel.isWritable()) {
      now.exchange().clientWritable();
    }
  }

  /// The client took too long.
  ///
  /// @param stalled whether it takes nothing of what was written
  void overdue(boolean stalled) {
    switch (phase) {
      case HEAD -> {
        if (turn == null) {
          channel.close();
        } else {
          exchange().refuse(plan, Failure.HEADER_TIMEOUT);
        }
      }
      case BODY, RESPONSE -> {
        if (phase == Phase.BODY && exchange().wantsBody()) {
          exchange().clientFailed(Failure.REQUEST_TIMEOUT);
        } else if (stalled) {
          exchange().clientFailed(Failure.CLIENT_STALLED);
        } else {
          deadline.progress(plan.config().timeouts());
        }
      }
      case TUNNEL, LINGER -> {}
    }
  }

  // --- the listener's view

  /// What is under way says `Connection: close` as soon as a head says it. A client that has
  /// nothing under way may be sending its next request at this moment, so it gets a last one,
  /// unless it stays silent.
  @Override
  public void drain() {
    if (phase == Phase.HEAD && turn == null) {
      deadline.nextRequest(plan.config().timeouts(), listener.draining());
    }
  }

  @Override
  public void close() {
    Turn now = turn;
    if (now != null) {
      now.exchange().clientFailed(Failure.DRAINED);
    }
    channel.close();
  }
}
