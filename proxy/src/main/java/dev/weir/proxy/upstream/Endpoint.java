package dev.weir.proxy.upstream;

import dev.weir.config.EndpointsConfig;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.Loops;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One address that takes traffic: what it is doing now. Lives as long as its identity is in the
/// pool, whatever else changes. Thread: any, but for the idle connections of a loop.
public final class Endpoint {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final Pool pool;
  private final int number = NUMBERS.incrementAndGet() & Integer.MAX_VALUE;
  private final String identity;
  private final @Nullable SocketAddress address;
  private final IdleConnections[] idle;
  private final Loops loops;
  private final PerLoopTraffic traffic;
  private final AtomicInteger inFlight = new PaddedCounter();
  private volatile EndpointsConfig.Endpoint config;
  private volatile String name;
  private volatile boolean healthy = true;

  Endpoint(Pool pool, EndpointTarget target, Loops loops) {
    this.pool = pool;
    this.identity = target.identity();
    this.address = target.address();
    this.config = target.config();
    this.name = nameOf(target.config());
    this.loops = loops;
    this.traffic = new PerLoopTraffic(loops.size());
    this.idle = new IdleConnections[loops.size()];
    for (int i = 0; i < idle.length; i++) {
      idle[i] = new IdleConnections();
    }
  }

  /// The pool that it belongs to.
  public Pool pool() {
    return pool;
  }

  /// What makes it the same endpoint across configurations.
  public String identity() {
    return identity;
  }

  /// A number that no other endpoint of the process has.
  public int number() {
    return number;
  }

  /// What logs and metrics call it.
  public String name() {
    return name;
  }

  private static String nameOf(EndpointsConfig.Endpoint config) {
    String own = config.name();
    return own != null ? own : config.authority();
  }

  /// Where it is; null while its DNS name has no address.
  public @Nullable SocketAddress address() {
    return address;
  }

  /// Its configuration now.
  public EndpointsConfig.Endpoint config() {
    return config;
  }

  void configure(EndpointsConfig.Endpoint newConfig) {
    config = newConfig;
    name = nameOf(newConfig);
  }

  /// Whether checks say that it works. True until a check says otherwise.
  public boolean healthy() {
    return healthy;
  }

  /// Says whether it works, and lets the pool choose anew. Called by one owner only: the health
  /// checker.
  public void healthy(boolean value) {
    if (healthy != value) {
      healthy = value;
      pool.refresh();
    }
  }

  /// Whether it may get new traffic.
  public boolean eligible() {
    EndpointsConfig.Endpoint now = config;
    return healthy
        && address != null
        && now.weight() > 0
        && now.state() == EndpointsConfig.State.Ready;
  }

  /// Requests (HTTP) or connections (TCP) under way.
  public int inFlight() {
    return inFlight.get();
  }

  /// Whether it is below its limit.
  public boolean free() {
    int limit = limit();
    return limit == 0 || inFlight.get() < limit;
  }

  /// Its own limit, else the pool's for each of its endpoints; 0 for none.
  private int limit() {
    int own = config.maxConnections();
    return own != 0 ? own : pool.config().connections().perEndpoint();
  }

  /// Takes a slot, unless the limit is reached.
  boolean acquire() {
    int limit = limit();
    if (limit == 0) {
      inFlight.incrementAndGet();
      return true;
    }
    while (true) {
      int now = inFlight.get();
      if (now >= limit) {
        return false;
      }
      if (inFlight.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /// Gives a slot back that was taken in vain.
  void withdraw() {
    inFlight.decrementAndGet();
  }

  /// Gives a slot back and wakes who waits for one.
  public void release() {
    inFlight.decrementAndGet();
    pool.slotFree();
  }

  /// The unused connections of a loop. Only to be used on that loop.
  public IdleConnections idle(Loop loop) {
    return idle[loop.index()];
  }

  /// What was counted for it.
  public PerLoopTraffic traffic() {
    return traffic;
  }

  /// Closes unused connections on every loop; others may come.
  void closeIdle() {
    for (Loop loop : loops.all()) {
      loop.eventLoop().execute(idle[loop.index()]::closeAll);
    }
  }

  /// Closes unused connections on every loop; those in use are not kept when they are done.
  void close() {
    for (Loop loop : loops.all()) {
      IdleConnections connections = idle[loop.index()];
      loop.eventLoop().execute(connections::close);
    }
  }

  /// A counter that all loops write, alone in its cache lines.
  @SuppressWarnings("unused")
  private static final class PaddedCounter extends AtomicInteger {
    private static final long serialVersionUID = 1;
    private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14;
  }
}
