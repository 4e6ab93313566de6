package dev.weir.proxy.listener;

import dev.weir.proxy.net.Deadlines;
import dev.weir.proxy.net.Loop;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection between its accept and its protocol: takes it through the stages of its plan, then
/// hands it over to the plan that is in force by then.
///
/// ```
///   accept ──▶ stage ──▶ … ──▶ ListenerPlan.accept
///               └── deadline, failure, drain time over ──▶ closed
/// ```
///
/// Stands last in the pipeline. Draining lets it go on: who gets through is told then. Thread: the
/// connection's loop.
public final class Passage extends ChannelInboundHandlerAdapter implements LiveConnection {
  private static final Logger LOG = LoggerFactory.getLogger(Passage.class);

  private final LoopListener listener;
  private final Iterator<Stage> stages;
  private final Patience patience = new Patience();
  private Arrival arrival;
  private Stage.@Nullable Attempt attempt;

  private Passage(Arrival arrival, LoopListener listener, ListenerPlan plan) {
    this.arrival = arrival;
    this.listener = listener;
    this.stages = plan.stages().iterator();
  }

  /// Takes over a connection that was just accepted: to be started when its listener knows it.
  static Passage of(Arrival arrival, LoopListener listener) {
    return new Passage(arrival, listener, listener.plan());
  }

  /// Begins with the first stage.
  void start() {
    arrival.channel().pipeline().addLast(this);
    loop().tick();
    loop().deadlines().in(patience, listener.plan().patience());
    next();
  }

  /// The connection's loop.
  public Loop loop() {
    return listener.loop();
  }

  /// The plan that is in force now.
  public ListenerPlan plan() {
    return listener.plan();
  }

  /// Puts a handler into the pipeline, behind those of stages that were passed.
  public void add(ChannelHandler handler) {
    var pipeline = arrival.channel().pipeline();
    pipeline.addBefore(pipeline.context(this).name(), null, handler);
  }

  /// Counts the connection with its client, for a stage that found out who that is.
  ///
  /// @return false when the client has too many: then the stage closes it
  public boolean admit(Arrival now) {
    return listener.admit(now);
  }

  /// The connection is through the stage that it was in. To be called once for each.
  public void pass(Arrival now) {
    arrival = now;
    next();
  }

  private void next() {
    try {
      if (stages.hasNext()) {
        attempt = stages.next().begin(arrival, this);
      } else {
        handOver();
      }
    } catch (RuntimeException e) {
      LOG.error("listener {} cannot set up a connection", listener.plan().listener(), e);
      close();
    }
  }

  private void handOver() {
    attempt = null;
    loop().deadlines().remove(patience);
    listener.replace(this, listener.plan().accept(arrival, listener));
    arrival.channel().pipeline().remove(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  /// Nobody gets through a stage without sending more.
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ctx.channel().close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop().deadlines().remove(patience);
    Stage.Attempt ended = attempt;
    attempt = null;
    try {
      if (ended != null) {
        ended.closed();
      }
    } finally {
      listener.closed(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /// Who is through is told by the listener.
  @Override
  public void drain() {}

  @Override
  public void close() {
    arrival.channel().close();
  }

  private final class Patience extends Deadlines.Deadline {
    @Override
    protected void expired() {
      Stage.Attempt late = attempt;
      if (late != null) {
        late.expired();
      }
    }
  }
}
