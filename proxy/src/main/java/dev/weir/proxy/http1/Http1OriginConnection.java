package dev.weir.proxy.http1;

import dev.weir.proxy.exchange.Exchange;
import dev.weir.proxy.exchange.Forwarding;
import dev.weir.proxy.exchange.OriginStream;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Methods;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// A connection to an endpoint that speaks HTTP/1: one request at a time, kept for the next one
/// when both sides agree and nothing is left on it. Thread: its loop.
final class Http1OriginConnection extends ChannelInboundHandlerAdapter implements OriginStream {
  private static final int MAX_HEAD = 64 * 1024;
  private static final int MAX_FIELDS = 256;
  private static final int COPY_STEP = 4096;
  private static final int SMALL_BODY = 4096;

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
  private final Loop loop;
  private final byte[] authority;
  private final HeadParser parser = new HeadParser(MAX_HEAD, MAX_FIELDS);
  private final BodyDecoder decoder = new BodyDecoder();
  private final IdleDeadline deadline = new IdleDeadline();

  private @Nullable ChannelHandlerContext context;
  private @Nullable Exchange exchange;
  private @Nullable ResponseHead head;
  private @Nullable ByteBuf pending;
  private @Nullable ByteBuf out;
  private Phase phase = Phase.IDLE;
  private boolean headMethod;
  private boolean chunked;

  Http1OriginConnection(Channel channel, Endpoint endpoint, Loop loop) {
    this.channel = channel;
    this.endpoint = endpoint;
    this.loop = loop;
    this.authority = Ascii.bytes(endpoint.config().authority());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  // --- the exchange's view
  // ---------------------------------------------------------------------------------------------

  @Override
  public void request(RequestHead request, Forwarding forwarding, Exchange owner) {
    loop.deadlines().cancel(deadline);
    exchange = owner;
    phase = Phase.HEAD;
    headMethod = request.isMethod(Methods.HEAD);
    chunked = request.bodyLength() == RequestHead.CHUNKED;
    parser.reset();
    ByteBuf buffer =
        channel.alloc().directBuffer(2 * request.length() + HeadWriter.ADDED + SMALL_BODY);
    HeadWriter.request(request, forwarding, authority, buffer);
    out = buffer;
  }

  @Override
  public void body(ByteBuf data) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || phase == Phase.CLOSED || !data.isReadable()) {
      data.release();
      return;
    }
    ByteBuf buffer = out;
    if (!chunked && buffer != null && data.readableBytes() <= SMALL_BODY) {
      buffer.writeBytes(data);
      data.release();
      return;
    }
    writeOut(ctx);
    if (chunked) {
      ChunkWriter.data(ctx, data);
    } else {
      ctx.write(data, ctx.voidPromise());
    }
  }

  @Override
  public void end(@Nullable MessageHead trailers) {
    ChannelHandlerContext ctx = context;
    if (ctx != null && chunked && phase != Phase.CLOSED) {
      writeOut(ctx);
      ctx.write(ChunkWriter.end(ctx.alloc(), trailers), ctx.voidPromise());
    }
    chunked = false;
  }

  @Override
  public void flush() {
    ChannelHandlerContext ctx = context;
    if (ctx != null && phase != Phase.CLOSED) {
      writeOut(ctx);
      ctx.flush();
    }
  }

  private void writeOut(ChannelHandlerContext ctx) {
    ByteBuf buffer = out;
    if (buffer != null) {
      out = null;
      ctx.write(buffer, ctx.voidPromise());
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
  }

  @Override
  public void shutdownOutput() {
    Closing.output(channel);
  }

  @Override
  public void release() {
    exchange = null;
    ByteBuf rest = pending;
    if (rest != null && !rest.isReadable()) {
      pending = null;
      rest.release();
    }
    if (pending != null || !channel.isActive()) {
      close();
      return;
    }
    phase = Phase.IDLE;
    long keepAlive = endpoint.pool().config().timeouts().keepAlive().toNanos();
    loop.deadlines().set(deadline, System.nanoTime() + keepAlive);
    endpoint.idle(loop).put(this);
  }

  @Override
  public boolean usable() {
    return phase == Phase.IDLE && channel.isActive();
  }

  @Override
  public void close() {
    boolean tunnel = phase == Phase.TUNNEL;
    exchange = null;
    phase = Phase.CLOSED;
    loop.deadlines().cancel(deadline);
    releaseBuffers();
    if (tunnel) {
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
    ReferenceCountUtil.release(out);
    out = null;
    ReferenceCountUtil.release(pending);
    pending = null;
  }

  @Override
  public long pendingBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  // --- reading
  // ---------------------------------------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    ByteBuf before = pending;
    if (before == null) {
      pending = in;
    } else {
      pending = ctx.alloc().buffer(before.readableBytes() + in.readableBytes());
      pending.writeBytes(before).writeBytes(in);
      before.release();
      in.release();
    }
    process();
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
    ByteBuf in;
    while (progress && (in = pending) != null) {
      progress =
          switch (phase) {
            case IDLE -> {
              // Bytes that nobody asked for must never become the next request's response.
              endpoint.idle(loop).remove(this);
              close();
              yield false;
            }
            case HEAD -> readHead(in);
            case BODY -> readBody(in);
            case COMPLETE, CLOSED -> false;
            case TUNNEL -> {
              pending = null;
              owner().tunnelFromOrigin(in);
              yield false;
            }
          };
      if (pending == in && !in.isReadable()) {
        pending = null;
        in.release();
      }
    }
  }

  private Exchange owner() {
    Exchange to = exchange;
    if (to == null) {
      throw new IllegalStateException("a response without a request");
    }
    return to;
  }

  private boolean readHead(ByteBuf in) {
    ResponseHead into = head;
    if (into == null) {
      into = loop.heads().response();
      head = into;
      parser.reset();
    }
    while (in.isReadable()) {
      int before = into.length();
      int take = Math.min(Math.min(in.readableBytes(), COPY_STEP), parser.room(into));
      in.getBytes(in.readerIndex(), into.reserve(take), before, take);
      into.advance(take);
      int end = parser.parse(into);
      if (end == HeadParser.REFUSED) {
        owner().originFailed(Failure.BAD_RESPONSE);
        return false;
      }
      if (end >= 0) {
        in.skipBytes(end - before);
        into.advance(end - into.length());
        startResponse(into);
        return true;
      }
      in.skipBytes(take);
    }
    return false;
  }

  private void startResponse(ResponseHead response) {
    Exchange to = owner();
    boolean informational = response.informational();
    if (!informational && response.status() != 101) {
      expectBody(headMethod ? 0 : response.bodyLength());
      phase = Phase.BODY;
    }
    to.responseHead(response, response.keepAlive());
    head = null;
    loop.heads().release(response);
    if (phase == Phase.BODY && decoder.done()) {
      complete();
    }
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

  private boolean readBody(ByteBuf in) {
    Exchange to = owner();
    ByteBuf payload = decoder.decode(in, channel.alloc());
    if (payload != null) {
      to.responseBody(payload);
    }
    if (phase != Phase.BODY) {
      return false;
    }
    if (decoder.invalid()) {
      to.originFailed(Failure.BAD_RESPONSE_BODY);
      return false;
    }
    if (decoder.done()) {
      complete();
      return false;
    }
    return in.isReadable();
  }

  private void complete() {
    phase = Phase.COMPLETE;
    owner().responseEnd(decoder.trailers());
  }

  // --- the end of the connection
  // ---------------------------------------------------------------------------------------

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ended();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Exchange to = exchange;
    ended();
    if (phase == Phase.TUNNEL && to != null) {
      to.originFailed(Failure.ORIGIN_CUT);
    }
    phase = Phase.CLOSED;
    loop.deadlines().cancel(deadline);
    releaseBuffers();
  }

  private void ended() {
    Exchange to = exchange;
    switch (phase) {
      case IDLE -> {
        endpoint.idle(loop).remove(this);
        close();
      }
      case HEAD ->
          owner().originFailed(head == null ? Failure.ORIGIN_CLOSED : Failure.BAD_RESPONSE);
      case BODY -> {
        if (decoder.endsWithConnection()) {
          complete();
        } else {
          owner().originFailed(Failure.ORIGIN_CUT);
        }
      }
      case TUNNEL -> {
        if (to != null) {
          to.originShutdown();
        }
      }
      case COMPLETE, CLOSED -> {}
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
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
        endpoint.idle(loop).remove(Http1OriginConnection.this);
        close();
      }
    }
  }
}
