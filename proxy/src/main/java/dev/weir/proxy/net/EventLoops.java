package dev.weir.proxy.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// All event loop threads of the process: the data loops and the control loop. Thread: any.
public final class EventLoops {
  private final Transport transport;
  private final EventLoopGroup dataGroup;
  private final EventLoopGroup controlGroup;
  private final Loops loops;
  private final EventLoop control;
  private final ByteBufAllocator allocator;

  private EventLoops(Transport transport, int count) {
    this.transport = transport;
    this.allocator = newAllocator(count);
    this.dataGroup = group(transport, count, "weir-loop");
    this.loops = new Loops(dataGroup, count);
    this.controlGroup = group(transport, 1, "weir-control");
    this.control = controlGroup.next();
  }

  /// Starts the threads.
  ///
  /// @param count how many data loops
  public static EventLoops start(Transport transport, int count) {
    return new EventLoops(transport, count);
  }

  /// The cores that this process may use, by the container's quota too.
  public static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  /// The loops that serve connections.
  public Loops data() {
    return loops;
  }

  /// The loop for everything that is not traffic.
  public EventLoop control() {
    return control;
  }

  /// What channels on these loops are made of.
  public Transport transport() {
    return transport;
  }

  /// The pooled allocator of direct buffers that all channels use; it has caches for these threads.
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /// Stops all threads and waits for them; what is still open is closed.
  public void stop(Duration timeout) throws InterruptedException {
    long millis = timeout.toMillis();
    var data = dataGroup.shutdownGracefully(0, millis, TimeUnit.MILLISECONDS);
    var other = controlGroup.shutdownGracefully(0, millis, TimeUnit.MILLISECONDS);
    data.await(millis);
    other.await(millis);
    if (data.isDone()) {
      loops.close();
    }
  }

  private static EventLoopGroup group(Transport transport, int count, String name) {
    return new MultiThreadIoEventLoopGroup(
        count, new DefaultThreadFactory(name, true), transport.ioHandlers());
  }

  private static ByteBufAllocator newAllocator(int count) {
    return new PooledByteBufAllocator(
        true,
        1,
        count + 1,
        PooledByteBufAllocator.defaultPageSize(),
        PooledByteBufAllocator.defaultMaxOrder(),
        PooledByteBufAllocator.defaultSmallCacheSize(),
        PooledByteBufAllocator.defaultNormalCacheSize(),
        false);
  }
}
