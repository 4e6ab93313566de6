package dev.weir.proxy.http1;

import dev.weir.config.ListenerConfig;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.edit.HeaderEdits;
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
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
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

  private final Channel channel;
  private final LoopListener listener;
  private final Loop loop;
  private final Exchange exchange;
  private final HeadParser parser;
  private final BodyDecoder decoder = new BodyDecoder();
  private final ClientDeadline deadline = new ClientDeadline();
  private final Inbox in;
  private final Outbox out;
  private final @Nullable SocketAddress client;

  private HttpPlan plan;
  private @Nullable ChannelHandlerContext context;
  private Phase phase = Phase.HEAD;
  private @Nullable Forwarding forwarding;
  private @Nullable HttpPlan forwardingPlan;
  private @Nullable RequestHead head;
  private boolean processing;
  private boolean last;
  private boolean inputShut;
  private boolean used;
  private int lingered;

  private Http1ClientConnection(Arrival arrival, LoopListener listener, HttpPlan plan) {
    this.channel = arrival.channel();
    this.listener = listener;
    this.loop = listener.loop();
    this.plan = plan;
    ListenerConfig.Limits limits = plan.config().limits();
    this.parser = new HeadParser(limits.headSize(), limits.headers());
    this.in = new Inbox(loop.reads());
    this.out = new Outbox(channel, loop);
    this.exchange = new Exchange(this, listener);
    this.client = arrival.client();
    AccessRecord record = exchange.record();
    record.client(client);
    belongsTo(plan);
  }

  /// What follows is for this listener.
  private void belongsTo(HttpPlan owner) {
    AccessRecord record = exchange.record();
    plan = owner;
    record.loadBalancer = owner.loadBalancer();
    record.listener = owner.listener();
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
    process();
    in.compact(ctx.alloc());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (phase == Phase.BODY || phase == Phase.RESPONSE) {
      exchange.requestFlush();
    }
    read();
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
                exchange.record().bytesIn += bytes.readableBytes();
                exchange.tunnelFromClient(bytes);
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
          case HEAD, RESPONSE -> in.isEmpty();
          case BODY -> exchange.wantsBody();
          case TUNNEL -> exchange.wantsTunnel();
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
      case BODY -> exchange.clientFailed(Failure.CLIENT_ABORT);
      case RESPONSE -> last = true;
      case TUNNEL, LINGER -> {}
    }
  }

  private boolean readHead(ByteBuf bytes) {
    RequestHead into = head;
    if (into == null) {
      into = beginRequest();
    }
    int result = parser.parse(bytes, into);
    exchange.record().bytesIn = into.length();
    if (result == HeadParser.REFUSED) {
      exchange.record().refusal = parser.reason();
      refuse(parser.failure());
    } else if (result != HeadParser.INCOMPLETE) {
      startExchange(into);
    }
    return result != HeadParser.INCOMPLETE;
  }

  private RequestHead beginRequest() {
    RequestHead into = loop.heads().request();
    head = into;
    HttpPlan inForce = (HttpPlan) listener.plan();
    if (inForce != plan) {
      belongsTo(inForce);
    }
    ListenerConfig.Limits limits = plan.config().limits();
    parser.limits(limits.headSize(), limits.headers());
    parser.reset();
    AccessRecord record = exchange.record();
    record.clear();
    record.started = loop.now();
    if (used) {
      arm(plan.config().timeouts().header());
    }
    used = true;
    return into;
  }

  private void startExchange(RequestHead request) {
    HttpPlan owner = plan.owner(request);
    if (owner != plan) {
      belongsTo(owner);
    }
    Forwarding how = forwarding();
    arm(plan.config().timeouts().idle());
    last = !request.keepAlive() || listener.draining();
    long length = request.bodyLength();
    if (length == RequestHead.CHUNKED) {
      decoder.chunked();
    } else {
      decoder.length(length);
    }
    phase = length == 0 ? Phase.RESPONSE : Phase.BODY;
    exchange.start(plan, request, how);
  }

  /// How the client is announced under the plan in force.
  private Forwarding forwarding() {
    Forwarding how = forwarding;
    HttpPlan before = forwardingPlan;
    if (how == null || before == null || before != plan && !before.forwardsLike(plan)) {
      boolean trusted =
          client instanceof InetSocketAddress ip
              ? plan.trusted().contains(ip.getAddress())
              : plan.trusted().everyone();
      how = new Forwarding(plan.config().forwarded().headers(), trusted, client);
      forwarding = how;
      forwardingPlan = plan;
    }
    return how;
  }

  private boolean readBody(ByteBuf bytes) {
    if (!exchange.wantsBody()) {
      return false;
    }
    int before = bytes.readableBytes();
    ByteBuf payload = decoder.decode(bytes, channel.alloc());
    exchange.record().bytesIn += before - bytes.readableBytes();
    if (payload != null) {
      arm(plan.config().timeouts().idle());
      exchange.requestBody(payload);
    }
    if (decoder.invalid()) {
      exchange.record().refusal = decoder.problem();
      exchange.clientFailed(Failure.BAD_REQUEST_BODY);
      return true;
    }
    if (decoder.done() && phase == Phase.BODY) {
      phase = Phase.RESPONSE;
      exchange.requestEnd(decoder.trailers());
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

  private void refuse(Failure failure) {
    exchange.refuse(plan, failure);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      loop.tick();
      inputShut = true;
      switch (phase) {
        case HEAD, BODY, RESPONSE -> exhausted();
        case TUNNEL -> exchange.clientShutdown();
        case LINGER -> channel.close();
      }
    }
  }

  /// The client is gone between two requests, or in the middle of a head.
  private void leave() {
    if (head != null || !used && !plan.config().accessLog().skipEmpty()) {
      if (head == null) {
        beginRequest();
      }
      exchange.refuse(plan, Failure.CLIENT_ABORT);
    }
    phase = Phase.LINGER;
    Closing.afterFlush(channel, loop, plan.config().timeouts().idle());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.tick();
    try {
      if (!exchange.idle()) {
        exchange.clientFailed(Failure.CLIENT_ABORT);
      } else if (phase == Phase.HEAD && !inputShut) {
        leave();
      }
      phase = Phase.LINGER;
      loop.deadlines().remove(deadline);
      exchange.close();
      releaseHead();
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
  public void respond(ResponseHead response, long length, boolean lastResponse) {
    RequestHead request = head;
    if (request == null) {
      throw new IllegalStateException("no request to respond to");
    }
    boolean old = request.minorVersion() == 0;
    if (response.informational() || response.status() == 101) {
      write(response, false, Persistence.IMPLIED);
      return;
    }
    boolean chunked = length == ResponseHead.CHUNKED && !old;
    out.chunked(chunked);
    last |= lastResponse || listener.draining() || length == ResponseHead.CHUNKED && old;
    write(
        response,
        chunked,
        last ? Persistence.CLOSE : old ? Persistence.KEEP_ALIVE : Persistence.IMPLIED);
  }

  private void write(ResponseHead response, boolean withChunks, Persistence persistence) {
    HeaderEdits edits = exchange.responseEdits(response);
    int size = response.length() + HeadWriter.ADDED;
    ByteBuf buffer = out.buffer(edits == null ? size : size + edits.size());
    int before = buffer.readableBytes();
    if (edits == null) {
      HeadWriter.response(response, withChunks, persistence, buffer);
    } else {
      HeadWriter.response(response, withChunks, persistence, edits, exchange.facts(), buffer);
    }
    exchange.record().bytesOut += buffer.readableBytes() - before;
  }

  @Override
  public void body(ByteBuf data) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || !data.isReadable()) {
      data.release();
    } else {
      exchange.record().bytesOut += out.body(ctx, data);
    }
  }

  @Override
  public void end(@Nullable MessageHead trailers) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) {
      exchange.record().bytesOut += out.end(ctx, trailers);
    }
  }

  @Override
  public void redirect(Redirection redirection) {
    RequestHead request = head;
    if (request == null || !channel.isActive()) {
      return;
    }
    last |= phase != Phase.RESPONSE || listener.draining();
    ByteBuf buffer = out.buffer(LocalReply.SIZE + redirection.size(request));
    int before = buffer.readableBytes();
    LocalReply.redirect(redirection, request, last, buffer);
    exchange.record().bytesOut += buffer.readableBytes() - before;
    flush();
  }

  @Override
  public void fail(Failure failure, boolean begun) {
    RequestHead request = head;
    if (!channel.isActive()) {
      return;
    }
    if (failure.status() == 0 || begun) {
      cut(request);
      return;
    }
    boolean complete = request != null && phase == Phase.RESPONSE;
    last |= !complete || listener.draining();
    boolean withBody = request == null || !request.isMethod(Methods.HEAD);
    ByteBuf buffer = out.buffer(LocalReply.SIZE);
    int before = buffer.readableBytes();
    LocalReply.write(failure, last, withBody, buffer);
    exchange.record().bytesOut += buffer.readableBytes() - before;
    flush();
  }

  /// Ends a response in the middle. Where only the end of the connection would say that it is
  /// complete, a reset says that it is not.
  private void cut(@Nullable RequestHead request) {
    boolean untilClose = request != null && request.minorVersion() == 0;
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
      exchange.clientShutdown();
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
    releaseHead();
    if (!channel.isActive() || ending) {
      return;
    }
    if (phase == Phase.TUNNEL) {
      phase = Phase.LINGER;
      Closing.afterFlush(channel, loop, plan.config().timeouts().idle());
    } else if (last || !complete) {
      linger();
    } else {
      phase = Phase.HEAD;
      armIdle();
      process();
      read();
    }
  }

  /// Says that nothing more comes, then reads what the client still sends for a while: closing at
  /// once could make its system throw away the response (RFC 9112 section 9.6).
  private void linger() {
    phase = Phase.LINGER;
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

  private void releaseHead() {
    RequestHead done = head;
    head = null;
    if (done != null) {
      loop.heads().release(done);
    }
  }

  @Override
  public long pendingBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      exchange.clientWritable();
    }
  }

  // --- the listener's view

  /// What is under way says `Connection: close` as soon as a head says it. A client that has
  /// nothing under way may be sending its next request at this moment, so it gets a last one,
  /// unless it stays silent.
  @Override
  public void drain() {
    if (phase == Phase.HEAD && head == null && exchange.idle()) {
      armIdle();
    }
  }

  @Override
  public void close() {
    exchange.clientFailed(Failure.DRAINED);
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
          if (head == null) {
            channel.close();
          } else {
            exchange.refuse(plan, Failure.HEADER_TIMEOUT);
          }
        }
        case BODY -> {
          if (exchange.wantsBody()) {
            exchange.clientFailed(Failure.REQUEST_TIMEOUT);
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
        exchange.clientFailed(Failure.CLIENT_STALLED);
      } else {
        arm(plan.config().timeouts().idle());
      }
    }
  }
}
