package dev.weir.proxy.tcp;

import dev.weir.proxy.net.Closing;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;

/// One end of a relay: passes what it reads to the other end, as fast as that one takes it. Thread:
/// the relay's loop.
final class Side extends ChannelInboundHandlerAdapter {
  private final Channel channel;
  private final Relay relay;
  private final boolean client;
  private boolean inputShut;
  private boolean outputShut;

  Side(Channel channel, Relay relay, boolean client) {
    this.channel = channel;
    this.relay = relay;
    this.client = client;
  }

  boolean inputShut() {
    return inputShut;
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

  /// Closes when what was written is with the system, or after so long.
  void finish(Loop loop, Duration patience) {
    Closing.afterFlush(channel, loop, patience);
  }

  /// Closes so that the peer cannot take what it has for complete.
  void reset() {
    Closing.reset(channel);
  }

  long pendingBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    relay.data(client, (ByteBuf) message);
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
    if (event instanceof ChannelInputShutdownEvent && !inputShut) {
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
