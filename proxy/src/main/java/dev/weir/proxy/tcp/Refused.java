package dev.weir.proxy.tcp;

import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.listener.LiveConnection;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/// A connection that no pool takes: it is counted, logged and closed. Thread: its loop.
final class Refused extends ChannelInboundHandlerAdapter implements LiveConnection {
  private final Channel channel;
  private final LoopListener listener;
  private final TcpPlan plan;
  private final AccessRecord record;

  private Refused(Channel channel, LoopListener listener, TcpPlan plan, AccessRecord record) {
    this.channel = channel;
    this.listener = listener;
    this.plan = plan;
    this.record = record;
  }

  /// @param record who it is
  static LiveConnection close(
      Channel channel, LoopListener listener, TcpPlan plan, AccessRecord record, Failure why) {
    record.failure = why;
    record.stage = 'R';
    plan.traffic().on(listener.loop()).failure(why);
    var refused = new Refused(channel, listener, plan, record);
    channel.pipeline().addLast(refused);
    channel.close();
    return refused;
  }

  /// What a stage had read.
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    record.bytesIn += ((ByteBuf) message).readableBytes();
    ReferenceCountUtil.release(message);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    record.ended = listener.loop().tick();
    plan.traffic().on(listener.loop()).bytes(record.bytesIn, 0);
    if (record.bytesIn > 0 || !plan.config().accessLog().skipEmpty()) {
      record.processConnections = listener.processConnections();
      record.listenerConnections = listener.connections();
      plan.accessLog().log(record);
    }
    listener.closed(this);
  }

  /// It is closing already.
  @Override
  public void drain() {}

  @Override
  public void close() {
    channel.close();
  }
}
