package dev.weir.proxy.stage;

import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.Passage;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.net.ReadBuffers;
import dev.weir.proxy.net.SocketAddresses;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection in a stage that looks at its first bytes: collects them until there are enough,
/// then hands on what is left. Thread: the connection's loop.
abstract class FirstBytes extends ChannelInboundHandlerAdapter implements Stage.Attempt {
  private static final Logger LOG = LoggerFactory.getLogger(FirstBytes.class);

  private final Arrival arrival;
  private final Passage passage;
  private final ReadBuffers reads;
  private @Nullable ByteBuf bytes;
  private boolean ended;

  FirstBytes(Arrival arrival, Passage passage) {
    this.arrival = arrival;
    this.passage = passage;
    this.reads = passage.loop().reads();
  }

  /// Looks at everything that has come so far; ends in [#pass], [#refuse], or neither when more
  /// must come, of which there is a bound.
  abstract void look(ByteBuf all);

  /// What it is called when the deadline is over.
  abstract Failure late();

  /// What it is called when the client ends after its first byte.
  abstract Failure cut();

  final Arrival arrival() {
    return arrival;
  }

  final Passage passage() {
    return passage;
  }

  /// Begins to read.
  final Stage.Attempt begin() {
    passage.add(this);
    arrival.channel().read();
    return this;
  }

  /// The connection goes on, with the bytes that are left.
  final void pass(Arrival now) {
    ended = true;
    ByteBuf rest = bytes;
    bytes = null;
    ChannelHandlerContext ctx = now.channel().pipeline().context(this);
    passage.pass(now);
    if (rest == null) {
      return;
    }
    if (rest.isReadable() && ctx != null) {
      ctx.fireChannelRead(rest);
    } else {
      reads.done(rest);
    }
    now.channel().pipeline().remove(this);
  }

  /// The connection is counted, and closed without a word.
  final void refuse(Failure why, String detail) {
    if (ended) {
      return;
    }
    ended = true;
    release();
    traffic().failure(why);
    if (LOG.isDebugEnabled()) {
      SocketAddress client = arrival.client();
      LOG.debug(
          "listener {}: {} is closed: {}: {}",
          passage.plan().listener(),
          client == null ? "a client" : SocketAddresses.text(client),
          why.text(),
          detail);
    }
    arrival.channel().close();
  }

  final Traffic traffic() {
    return passage.plan().traffic().on(passage.loop());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf more = (ByteBuf) message;
    ByteBuf before = bytes;
    if (ended) {
      more.release();
      return;
    }
    ByteBuf all = before == null ? more : append(ctx, before, more);
    bytes = all;
    look(all);
    if (!ended && before == null) {
      bytes = ctx.alloc().directBuffer(all.readableBytes()).writeBytes(all);
      reads.done(all);
    }
  }

  /// Twice as much room each time, so that what comes byte by byte is not copied byte by byte.
  private ByteBuf append(ChannelHandlerContext ctx, ByteBuf before, ByteBuf more) {
    ByteBuf all = before;
    if (before.writableBytes() < more.readableBytes()) {
      all = ctx.alloc().directBuffer(2 * (before.readableBytes() + more.readableBytes()));
      all.writeBytes(before);
      before.release();
    }
    all.writeBytes(more);
    reads.done(more);
    return all;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (ended) {
      ctx.fireChannelReadComplete();
    } else {
      ctx.read();
    }
  }

  /// Nobody gets through without sending more.
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent && !ended) {
      ctx.close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void expired() {
    refuse(late(), "the time is over");
  }

  /// A client that says nothing at all, such as a scanner of ports, is nothing to count.
  @Override
  public void closed() {
    if (bytes != null) {
      refuse(cut(), "the client ended it");
    }
    ended = true;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    release();
  }

  private void release() {
    ByteBuf last = bytes;
    bytes = null;
    if (last != null) {
      last.release();
    }
  }
}
