package dev.weir.proxy.tcp;

import dev.weir.proxy.net.Backlog;
import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.RawSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One end of a relay: passes what it reads to the other end, as fast as that one takes it. Thread:
/// the relay's loop.
final class Side extends ChannelInboundHandlerAdapter {
  /// So many reads in a row, each of so many bytes or more, are a bulk transfer.
  private static final int STREAK = 4;

  private static final int LARGE = 16 * 1024;

  private final Channel channel;
  private final Relay relay;
  private final boolean client;
  private boolean inputShut;
  private boolean outputShut;
  private int largeReads;

  Side(Channel channel, Relay relay, boolean client) {
    this.channel = channel;
    this.relay = relay;
    this.client = client;
  }

  boolean inputShut() {
    return inputShut;
  }

  void inputIsShut() {
    inputShut = true;
  }

  boolean outputShut() {
    return outputShut;
  }

  boolean writable() {
    return channel.isWritable();
  }

  void write(ByteBuf data) {
    channel.write(data, channel.voidPromise());
  }

  void flush() {
    channel.flush();
  }

  void read() {
    if (!inputShut) {
      channel.read();
    }
  }

  void shutdownOutput() {
    if (!outputShut && channel.isActive()) {
      outputShut = true;
      Closing.output(channel);
    }
  }

  /// Whether it has been sending as much as can be read for a while.
  boolean sendsBulk() {
    return largeReads >= STREAK;
  }

  /// Whether the loop lets go of the socket here and now: epoll, no TLS, and no end of output under
  /// way.
  boolean canLeave() {
    return RawSocket.possible(channel)
        && channel.pipeline().get(SslHandler.class) == null
        && (!outputShut || ((DuplexChannel) channel).isOutputShutdown());
  }

  /// Takes the channel off its event loop. Then it tells of nothing but its close, to [Relay].
  ChannelFuture leave() {
    return channel.deregister();
  }

  /// Takes over the socket once it left.
  RawSocket raw(Loop loop, RawSocket.Owner owner) {
    return RawSocket.attach(channel, loop, owner);
  }

  /// Takes back what was written and is not with the system.
  @Nullable ByteBuf unsent() {
    ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
    if (queue == null) {
      return null;
    }
    queue.addFlush();
    if (queue.isEmpty()) {
      return null;
    }
    ByteBuf all = channel.alloc().directBuffer((int) queue.totalPendingWriteBytes());
    while (queue.current() instanceof ByteBuf part) {
      all.writeBytes(part, part.readerIndex(), part.readableBytes());
      queue.remove();
    }
    return all;
  }

  ChannelFuture closed() {
    return channel.closeFuture();
  }

  /// Closes when what was written is with the system, or after so long.
  void finish(Loop loop, Duration patience) {
    Closing.afterFlush(channel, loop, patience);
  }

  /// Closes so that the peer cannot take what it has for complete.
  void reset() {
    Closing.reset(channel);
  }

  long pendingBytes() {
    return Backlog.of(channel);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf data = (ByteBuf) message;
    largeReads = data.readableBytes() < LARGE ? 0 : largeReads + 1;
    relay.data(client, data);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    relay.readComplete(client);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      relay.writable(client);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!inputShut && Closing.inputEnded(channel, event)) {
      inputShut = true;
      relay.shutdown(client);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    inputShut = true;
    relay.inactive(client);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    channel.close();
  }
}
