package dev.weir.proxy.http1;

import dev.weir.proxy.accesslog.Client;
import dev.weir.proxy.exchange.ClientStream;
import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.exchange.HttpPlan;
import dev.weir.proxy.exchange.Redirection;
import dev.weir.proxy.http1.HeadWriter.Persistence;
import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Inbox;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.origin.Announcement;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A client's HTTP/1 connection: turns bytes into requests, one at a time, and responses into
/// bytes.
///
/// ```
///   HEAD ──head──▶ BODY ──complete──▶ RESPONSE ──next──▶ HEAD
///                    └── 101 ──▶ TUNNEL            └── last ──▶ LINGER ──▶ closed
/// ```
///
/// Reads only when someone takes the bytes; while a response is under way one read may be ahead, so
/// that a client that goes away is noticed. Thread: the connection's loop.
public final class Http1ClientConnection extends ChannelInboundHandlerAdapter
    implements ClientStream, LiveConnection {
  private static final int MAX_LINGER_BYTES = 1 << 20;
  private static final Duration LAST_REQUEST = Duration.ofSeconds(1);
  private static final Duration LINGER = Duration.ofSeconds(2);

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
  private final ClientDeadline deadline = new ClientDeadline();
  private final Inbox in;
  private final Outbox out;
  private final Client client;
  private final boolean clear;

  private HttpPlan plan;
  private @Nullable ChannelHandlerContext context;
  private Phase phase = Phase.HEAD;
  private @Nullable Forwarding forwarding;
  private @Nullable Announcement announcement;
  private @Nullable Turn turn;
  private boolean processing;
  private boolean last;

  /// The client said that it sends no request after this one.
  private boolean goodbye;

  private boolean inputShut;
  private boolean used;
  private boolean undecided;
  private int lingered;

  private Http1ClientConnection(Arrival arrival, LoopListener listener, HttpPlan plan) {
    this.arrival = arrival;
    this.channel = arrival.channel();
    this.listener = listener;
    this.loop = listener.loop();
    this.plan = plan;
    this.turns = loop.shared(Turn.Spare.class, Turn.Spare::new);
    this.in = new Inbox(loop.reads());
    this.out = new Outbox(channel, loop, arrival.tls() == null);
    this.client = new Client(arrival.client(), arrival.tls());
    this.clear = arrival.tls() == null;
  }

  /// Takes over a connection that is through all stages.
  public static LiveConnection accept(Arrival arrival, LoopListener listener, HttpPlan plan) {
    Http1ClientConnection connection = new Http1ClientConnection(arrival, listener, plan);
    connection.loop.tick();
    arrival.channel().pipeline().addLast(connection);
    connection.arm(plan.config().timeouts().header());
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
    HttpPlan.ClientProtocol http2 = clear ? plan.http2() : null;
    undecided = false;
    if (bytes == null || http2 == null || !Preface.begins(bytes)) {
      return false;
    }
    undecided = bytes.readableBytes() < Preface.LENGTH;
    if (!undecided) {
      in.give();
      phase = Phase.LINGER;
      loop.deadlines().remove(deadline);
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
                turn().tunnel(bytes);
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
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      return;
    }
    if (inputShut) {
      exhausted();
      return;
    }
    boolean wanted =
        switch (phase) {
          case HEAD -> undecided || in.isEmpty();
          case RESPONSE -> in.isEmpty();
          case BODY -> exchange().wantsBody();
          case TUNNEL -> exchange().wantsTunnel();
          case LINGER -> true;
        };
    if (wanted) {
      ctx.read();
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
      case RESPONSE -> last = true;
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
      arm(plan.config().timeouts().header());
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
    Forwarding how = Forwarding.under(plan, client, forwarding);
    forwarding = how;
    arm(plan.config().timeouts().idle());
    goodbye = !request.keepAlive();
    last = goodbye || listener.draining() || request.isConnect();
    phase = now.expectBody() ? Phase.BODY : Phase.RESPONSE;
    now.exchange().start(plan, request, how);
  }

  private boolean readBody(ByteBuf bytes) {
    Turn now = turn();
    Exchange exchange = now.exchange();
    if (!exchange.wantsBody()) {
      return false;
    }
    ByteBuf payload = now.readBody(bytes, channel.alloc());
    if (payload != null) {
      arm(plan.config().timeouts().idle());
      exchange.requestBody(payload);
    }
    if (now != turn) {
      return true;
    }
    if (now.body().invalid()) {
      exchange.clientFailed(Failure.BAD_REQUEST_BODY);
      return true;
    }
    if (now.body().done() && phase == Phase.BODY) {
      phase = Phase.RESPONSE;
      exchange.requestEnd(now.body().trailers());
    }
    return true;
  }

  private boolean discard(ByteBuf bytes) {
    lingered += bytes.readableBytes();
    bytes.skipBytes(bytes.readableBytes());
    if (lingered > MAX_LINGER_BYTES) {
      channel.close();
    }
    return true;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Closing.inputEnded(channel, event)) {
      loop.tick();
      inputShut = true;
      switch (phase) {
        case HEAD, BODY, RESPONSE -> exhausted();
        case TUNNEL -> exchange().clientShutdown();
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
    phase = Phase.LINGER;
    Closing.afterFlush(channel, loop, plan.config().timeouts().idle());
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
      loop.deadlines().remove(deadline);
      endTurn();
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

  // --- the exchange's view

  @Override
  public Announcement announcement() {
    Announcement known = announcement;
    if (known == null) {
      known = new Announcement(arrival);
      announcement = known;
    }
    return known;
  }

  @Override
  public void respond(ResponseHead response, long length, boolean lastResponse) {
    Turn now = turn();
    boolean old = now.head().minorVersion() == 0;
    if (response.informational() || response.status() == 101 || now.head().tunnels(response)) {
      now.respond(response, false, Persistence.IMPLIED, out);
      return;
    }
    boolean chunked = length == ResponseHead.CHUNKED && !old;
    out.chunked(chunked);
    last |= lastResponse || listener.draining() || length == ResponseHead.CHUNKED && old;
    now.respond(
        response,
        chunked,
        last ? Persistence.CLOSE : old ? Persistence.KEEP_ALIVE : Persistence.IMPLIED,
        out);
  }

  @Override
  public void body(ByteBuf data) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || !data.isReadable()) {
      data.release();
    } else if (phase == Phase.TUNNEL) {
      turn().sent(data.readableBytes());
      out.tunnel(ctx, data);
    } else {
      turn().sent(out.body(ctx, data));
    }
  }

  @Override
  public void end(@Nullable MessageHead trailers) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      turn().sent(out.end(ctx, trailers));
    }
  }

  @Override
  public void redirect(Redirection redirection) {
    if (channel.isActive()) {
      last |= phase != Phase.RESPONSE || listener.draining();
      turn().redirect(redirection, last, out);
      flush();
    }
  }

  @Override
  public void fail(Failure failure, boolean begun) {
    if (!channel.isActive()) {
      return;
    }
    if (failure.status() == 0 || begun) {
      cut();
      return;
    }
    last |= phase != Phase.RESPONSE || listener.draining();
    turn().reply(failure, last, out);
    flush();
  }

  /// Ends a response in the middle. Where only the end of the connection would say that it is
  /// complete, a reset says that it is not.
  private void cut() {
    boolean untilClose = turn().head().minorVersion() == 0;
    phase = Phase.LINGER;
    if (untilClose) {
      Closing.reset(channel);
    } else {
      flush();
      Closing.afterFlush(channel, loop, plan.config().timeouts().idle());
    }
  }

  @Override
  public void flush() {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      out.flush(ctx);
    }
  }

  @Override
  public boolean writable() {
    return channel.isWritable();
  }

  @Override
  public void readMore() {
    process();
    read();
  }

  @Override
  public void tunnel() {
    phase = Phase.TUNNEL;
    last = true;
    loop.deadlines().cancel(deadline);
    process();
    read();
    if (inputShut) {
      exchange().clientShutdown();
    }
  }

  @Override
  public void shutdownOutput() {
    Closing.output(channel);
  }

  @Override
  public void next() {
    boolean complete = phase == Phase.RESPONSE;
    boolean ending = phase == Phase.LINGER;
    endTurn();
    if (!channel.isActive() || ending) {
      return;
    }
    if (phase == Phase.TUNNEL) {
      phase = Phase.LINGER;
      Closing.afterFlush(channel, loop, plan.config().timeouts().idle());
    } else if (last || !complete) {
      linger(complete);
    } else {
      phase = Phase.HEAD;
      armIdle();
      process();
      read();
    }
  }

  /// Says that nothing more comes, then reads what the client still sends for a while: closing at
  /// once could make its system throw away the response (RFC 9112 section 9.6). A client that said
  /// goodbye sends nothing more.
  private void linger(boolean complete) {
    phase = Phase.LINGER;
    if (complete && goodbye && in.isEmpty() && pendingBytes() == 0) {
      channel.close();
      return;
    }
    if (inputShut) {
      Closing.afterFlush(channel, loop, plan.config().timeouts().idle());
      return;
    }
    arm(plan.config().timeouts().idle());
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    Closing.output(channel).addListener(done -> loop.deadlines().in(deadline, LINGER));
    process();
    read();
  }

  private Turn turn() {
    Turn now = turn;
    if (now == null) {
      throw new IllegalStateException("no request under way");
    }
    return now;
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
  public long pendingBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Turn now = turn;
    if (now != null && channel.isWritable()) {
      now.exchange().clientWritable();
    }
  }

  // --- the listener's view

  /// What is under way says `Connection: close` as soon as a head says it. A client that has
  /// nothing under way may be sending its next request at this moment, so it gets a last one,
  /// unless it stays silent.
  @Override
  public void drain() {
    if (phase == Phase.HEAD && turn == null) {
      armIdle();
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

  // --- time

  private void armIdle() {
    Duration keepAlive = plan.config().timeouts().keepAlive();
    boolean hurry = listener.draining() && keepAlive.compareTo(LAST_REQUEST) > 0;
    arm(hurry ? LAST_REQUEST : keepAlive);
  }

  private void arm(Duration timeout) {
    loop.deadlines().in(deadline, timeout);
  }

  /// The client took too long.
  private final class ClientDeadline extends Deadlines.Deadline {
    private long waiting;

    @Override
    protected void expired() {
      switch (phase) {
        case HEAD -> {
          if (turn == null) {
            channel.close();
          } else {
            exchange().refuse(plan, Failure.HEADER_TIMEOUT);
          }
        }
        case BODY -> {
          if (exchange().wantsBody()) {
            exchange().clientFailed(Failure.REQUEST_TIMEOUT);
          } else {
            checkStall();
          }
        }
        case RESPONSE -> checkStall();
        case TUNNEL -> {}
        case LINGER -> linger();
      }
    }

    private void linger() {
      long now = pendingBytes();
      boolean progress = now > 0 && (waiting == 0 || now < waiting);
      waiting = now;
      if (progress) {
        arm(plan.config().timeouts().idle());
      } else {
        channel.close();
      }
    }

    private void checkStall() {
      long now = pendingBytes();
      boolean stalled = now > 0 && now >= waiting && waiting > 0;
      waiting = now;
      if (stalled) {
        exchange().clientFailed(Failure.CLIENT_STALLED);
      } else {
        arm(plan.config().timeouts().idle());
      }
    }
  }
}
