package dev.weir.proxy.http1;

import dev.weir.config.PoolConfig;
import dev.weir.proxy.edit.HeaderEdits;
import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.exchange.Tunnel;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Inbox;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.ReadBuffers;
import dev.weir.proxy.upstream.Approach;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.IdleConnections;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A connection to an endpoint that speaks HTTP/1: one request at a time, kept for the next one
/// when both sides agree and nothing is left on it. Thread: its loop.
final class Http1OriginConnection extends ChannelInboundHandlerAdapter implements OriginStream {
  private static final int MAX_HEAD = 64 * 1024;
  private static final int MAX_FIELDS = 256;

  private enum Phase {
    IDLE,
    HEAD,
    BODY,
    /// The response is complete, the request is not.
    COMPLETE,
    TUNNEL,
    CLOSED
  }

  private final Channel channel;
  private final Endpoint endpoint;
  private final Approach approach;
  private final IdleConnections home;
  private final Loop loop;
  private final byte[] authority;
  private final ReadBuffers.@Nullable OfOrigin reads;
  private final Inbox in;
  private final Outbox out;
  private final HeadParser parser = new HeadParser(MAX_HEAD, MAX_FIELDS);
  private final BodyDecoder decoder = new BodyDecoder();
  private final IdleDeadline deadline = new IdleDeadline();

  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange exchange;
  private @Nullable Tunnel tunnel;
  private @Nullable ResponseHead head;
  private Phase phase = Phase.IDLE;
  private boolean headMethod;
  private boolean connect;

  /// Whether nothing was lost at the end of the input: with TLS the peer says so.
  private boolean endKnown;

  private int informational;

  /// @param approach what it was made with
  /// @param home where it is kept while it is unused
  Http1OriginConnection(
      Channel channel, Endpoint endpoint, Approach approach, IdleConnections home, Loop loop) {
    this.channel = channel;
    this.endpoint = endpoint;
    this.approach = approach;
    this.home = home;
    this.loop = loop;
    this.in = new Inbox(loop.reads());
    this.out = new Outbox(channel, loop, approach.tls() == null);
    this.endKnown = approach.tls() == null;
    this.reads = ReadBuffers.OfOrigin.of(channel);
    this.authority = Ascii.bytes(endpoint.config().host());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  // --- the exchange's view

  @Override
  public void request(RequestHead request, Forwarding forwarding, Exchange owner) {
    loop.deadlines().cancel(deadline);
    exchange = owner;
    phase = Phase.HEAD;
    headMethod = request.isMethod(Methods.HEAD);
    connect = request.isConnect();
    informational = 0;
    if (reads != null) {
      reads.keepSmall(owner.record().tls() != null);
    }
    out.chunked(request.bodyLength() == RequestHead.CHUNKED);
    parser.reset();
    HeaderEdits edits = owner.requestEdits();
    int size = 2 * request.length() + HeadWriter.ADDED;
    if (edits == null) {
      HeadWriter.request(request, forwarding, authority, out.buffer(size));
    } else {
      HeadWriter.request(
          request, forwarding, authority, edits, owner.facts(), out.buffer(size + edits.size()));
    }
  }

  @Override
  public void body(ByteBuf data) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || phase == Phase.CLOSED || !data.isReadable()) {
      data.release();
    } else if (phase == Phase.TUNNEL) {
      out.tunnel(ctx, data);
    } else {
      out.body(ctx, data);
    }
  }

  @Override
  public void end(@Nullable MessageHead trailers) {
    ChannelHandlerContext ctx = context;
    if (ctx != null && phase != Phase.CLOSED) {
      out.end(ctx, trailers);
    }
  }

  @Override
  public void flush() {
    ChannelHandlerContext ctx = context;
    if (ctx != null && phase != Phase.CLOSED) {
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
  public void tunnel(Tunnel through) {
    phase = Phase.TUNNEL;
    tunnel = through;
  }

  @Override
  public void shutdownOutput() {
    Closing.output(channel);
  }

  @Override
  public void release() {
    exchange = null;
    in.trim();
    if (!in.isEmpty() || !usual()) {
      close();
      return;
    }
    phase = Phase.IDLE;
    long keepAlive = endpoint.pool().config().timeouts().keepAlive().toNanos();
    loop.deadlines().set(deadline, loop.now() + keepAlive);
    home.put(this);
  }

  /// Whether it is what would be opened now for any request: another pool's than one of HTTP/1
  /// takes this way only for an upgrade.
  private boolean usual() {
    return channel.isActive()
        && endpoint.pool().config().protocol() == PoolConfig.Protocol.HTTP1
        && approach.equals(endpoint.pool().approach());
  }

  @Override
  public boolean usable() {
    return phase == Phase.IDLE && usual();
  }

  @Override
  public void close() {
    boolean tunnelled = phase == Phase.TUNNEL;
    exchange = null;
    phase = Phase.CLOSED;
    loop.deadlines().remove(deadline);
    releaseBuffers();
    if (tunnelled) {
      Closing.afterFlush(channel, loop, endpoint.pool().config().timeouts().idle());
    } else {
      channel.close();
    }
  }

  private void releaseBuffers() {
    ResponseHead done = head;
    head = null;
    if (done != null) {
      loop.heads().release(done);
    }
    out.release();
    in.release();
  }

  @Override
  public long pendingBytes() {
    return Backlog.of(channel);
  }

  // --- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    loop.tick();
    in.add((ByteBuf) message, ctx.alloc());
    process();
    in.compact(ctx.alloc());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Exchange to = exchange;
    if (to != null) {
      to.responseFlush();
    }
    read();
  }

  private void read() {
    ChannelHandlerContext ctx = context;
    Exchange to = exchange;
    boolean wanted =
        switch (phase) {
          case IDLE, HEAD -> true;
          case BODY, TUNNEL -> to != null && to.wantsResponse();
          case COMPLETE, CLOSED -> false;
        };
    if (ctx != null && wanted) {
      ctx.read();
    }
  }

  private void process() {
    boolean progress = true;
    ByteBuf bytes;
    while (progress && (bytes = in.peek()) != null) {
      progress =
          switch (phase) {
            case IDLE -> {
              // Bytes that nobody asked for must never become the next request's response.
              home.remove(this);
              close();
              yield false;
            }
            case HEAD -> readHead(bytes);
            case BODY -> readBody(bytes);
            case COMPLETE, CLOSED -> false;
            case TUNNEL -> {
              in.give();
              through().fromOrigin(bytes);
              yield false;
            }
          };
      in.trim();
    }
  }

  private Exchange owner() {
    Exchange to = exchange;
    if (to == null) {
      throw new IllegalStateException("a response without a request");
    }
    return to;
  }

  private Tunnel through() {
    return Objects.requireNonNull(tunnel, "no tunnel");
  }

  private boolean readHead(ByteBuf bytes) {
    ResponseHead into = head;
    if (into == null) {
      into = loop.heads().response();
      head = into;
      parser.reset();
    }
    int result = parser.parse(bytes, into);
    if (result == HeadParser.REFUSED) {
      refuse(Failure.BAD_RESPONSE, parser.reason());
      return false;
    }
    if (result != HeadParser.INCOMPLETE) {
      startResponse(into);
    }
    return result != HeadParser.INCOMPLETE;
  }

  private void startResponse(ResponseHead response) {
    Exchange to = owner();
    if (response.informational()) {
      informational += response.length();
      if (informational > MAX_HEAD) {
        refuse(Failure.BAD_RESPONSE, Refusal.INFORMATIONAL);
        return;
      }
    } else if (connect && response.status() / 100 == 2) {
      int length = response.find(Field.CONTENT_LENGTH);
      if (length >= 0) {
        response.drop(length);
        response.writeLength(-1);
      }
    } else if (response.status() != 101) {
      expectBody(headMethod ? 0 : response.bodyLength());
      phase = Phase.BODY;
    }
    // Given up first: the exchange may close this connection, which releases what it holds.
    head = null;
    to.responseHead(response, response.keepAlive());
    loop.heads().release(response);
    if (phase == Phase.BODY && decoder.done()) {
      complete();
    }
  }

  private void refuse(Failure failure, @Nullable Refusal reason) {
    Exchange to = owner();
    to.record().refusal = reason;
    to.originFailed(failure);
  }

  private void expectBody(long length) {
    if (length == ResponseHead.CHUNKED) {
      decoder.chunked();
    } else if (length == ResponseHead.UNTIL_CLOSE) {
      decoder.untilClose();
    } else {
      decoder.length(length);
    }
  }

  private boolean readBody(ByteBuf bytes) {
    Exchange to = owner();
    ByteBuf payload = decoder.decode(bytes, channel.alloc());
    if (payload != null) {
      to.responseBody(payload);
    }
    if (phase != Phase.BODY) {
      return false;
    }
    if (decoder.invalid()) {
      refuse(Failure.BAD_RESPONSE_BODY, decoder.problem());
      return false;
    }
    if (decoder.done()) {
      complete();
      return false;
    }
    return bytes.isReadable();
  }

  private void complete() {
    phase = Phase.COMPLETE;
    owner().responseEnd(decoder.trailers());
  }

  // --- the end of the connection

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Closing.inputEnded(channel, event)) {
      endKnown = Closing.inputComplete(channel);
      loop.tick();
      ended();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.tick();
    Exchange to = exchange;
    ended();
    if (phase == Phase.TUNNEL && to != null) {
      to.originFailed(Failure.ORIGIN_CUT);
    }
    phase = Phase.CLOSED;
    loop.deadlines().remove(deadline);
    releaseBuffers();
  }

  private void ended() {
    switch (phase) {
      case IDLE -> {
        home.remove(this);
        close();
      }
      case HEAD -> {
        if (head == null && informational == 0) {
          owner().originFailed(Failure.ORIGIN_CLOSED);
        } else {
          refuse(Failure.BAD_RESPONSE, Refusal.CUT);
        }
      }
      case BODY -> {
        if (decoder.endsWithConnection() && endKnown) {
          complete();
        } else {
          owner().originFailed(Failure.ORIGIN_CUT);
        }
      }
      case TUNNEL -> through().originEnded();
      case COMPLETE, CLOSED -> {}
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof DecoderException && phase == Phase.HEAD && informational == 0) {
      // An endpoint that does not like our certificate says so after the handshake (TLS 1.3).
      loop.tick();
      owner().originFailed(Failure.ORIGIN_TLS_FAILED);
    }
    channel.close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Exchange to = exchange;
    if (to != null && channel.isWritable()) {
      to.originWritable();
    }
  }

  /// Nobody used the connection for a while.
  private final class IdleDeadline extends Deadlines.Deadline {
    @Override
    protected void expired() {
      if (phase == Phase.IDLE) {
        home.remove(Http1OriginConnection.this);
        close();
      }
    }
  }
}
