package dev.weir.proxy.listener;

import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.OriginSockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One loop's share of a listener: the plan in force there and the connections. Thread: the loop.
final class ListenerShare implements LoopListener {
  private static final Logger LOG = LoggerFactory.getLogger(ListenerShare.class);

  private final Listener listener;
  private final Loop loop;
  private final Set<LiveConnection> live = new HashSet<>();
  private final ChannelHandler start = new Start();
  private @Nullable ListenerPlan plan;
  private boolean draining;

  ListenerShare(Listener listener, Loop loop) {
    this.listener = listener;
    this.loop = loop;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public ListenerPlan plan() {
    if (plan == null) {
      throw new IllegalStateException("a listener accepts nothing before it has a plan");
    }
    return plan;
  }

  @Override
  public boolean draining() {
    return draining;
  }

  @Override
  public int connections() {
    return listener.connections();
  }

  @Override
  public int processConnections() {
    return listener.processConnections();
  }

  @Override
  public boolean admit(Arrival arrival) {
    return listener.admit(arrival.channel(), arrival.client());
  }

  @Override
  public void replace(LiveConnection before, LiveConnection now) {
    if (live.remove(before)) {
      add(now);
    }
  }

  @Override
  public void closed(LiveConnection connection) {
    if (live.remove(connection)) {
      listener.released();
    }
  }

  void swap(ListenerPlan next) {
    plan = next;
  }

  /// Takes a connection for which there is room.
  void take(Channel channel) {
    configure(channel.config());
    channel.pipeline().addLast(start);
    loop.eventLoop()
        .register(channel)
        .addListener(
            registered -> {
              if (!registered.isSuccess()) {
                channel.unsafe().closeForcibly();
                listener.released();
              }
            });
  }

  /// Reads when somebody asks, keeps a half-closed connection open, and holds back who writes
  /// faster than the client reads.
  private void configure(ChannelConfig config) {
    config.setAllocator(listener.allocator());
    config.setAutoRead(false);
    config.setRecvByteBufAllocator(loop.reads());
    config.setWriteBufferWaterMark(OriginSockets.WATER_MARK);
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setOption(ChannelOption.TCP_NODELAY, true);
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
  }

  void drain() {
    draining = true;
    for (LiveConnection connection : new ArrayList<>(live)) {
      connection.drain();
    }
  }

  void closeAll() {
    for (LiveConnection connection : new ArrayList<>(live)) {
      connection.close();
    }
  }

  private void begin(Channel channel) {
    ListenerPlan now = plan();
    Arrival arrival = Arrival.of(channel);
    if (!now.announced() && !admit(arrival)) {
      now.traffic().on(loop).failure(Failure.CLIENT_CONNECTIONS);
      channel.close();
      listener.released();
      return;
    }
    now.traffic().on(loop).connection();
    try {
      if (now.stages().isEmpty()) {
        add(now.accept(arrival, this));
      } else {
        var passage = Passage.of(arrival, this);
        add(passage);
        passage.start();
      }
    } catch (RuntimeException e) {
      LOG.error("listener {} cannot set up a connection", listener.bind().id(), e);
      channel.close();
      listener.released();
    }
  }

  private void add(LiveConnection connection) {
    live.add(connection);
    if (draining) {
      connection.drain();
    }
  }

  /// Waits for the channel to become active. A channel that never does is closed: its place is
  /// given back.
  @ChannelHandler.Sharable
  private final class Start extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      Channel channel = ctx.channel();
      ctx.pipeline().remove(this);
      begin(channel);
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext ctx) {
      listener.released();
      ctx.fireChannelUnregistered();
    }
  }
}
