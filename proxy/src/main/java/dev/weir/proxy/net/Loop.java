package dev.weir.proxy.net;

import dev.weir.proxy.message.HeadPool;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.IovArray;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One data loop: a thread that owns connections, and what they share on it. A request never leaves
/// its loop. Thread: everything but the first two methods only on the loop.
public final class Loop {
  private final int index;
  private final EventLoop eventLoop;
  private final Deadlines deadlines;
  private final HeadPool heads = new HeadPool();
  private final RequestIds requestIds;
  private final ReadBuffers reads = new ReadBuffers();
  private final Scratch scratch = new Scratch();
  private final Pipes pipes = new Pipes();
  private final Map<Class<?>, Object> shared = new IdentityHashMap<>();
  private @Nullable IovArray parts;
  private long now = System.nanoTime();
  private long seed = ThreadLocalRandom.current().nextLong() | 1;

  Loop(int index, EventLoop eventLoop) {
    this.index = index;
    this.eventLoop = eventLoop;
    this.deadlines = new Deadlines(this);
    this.requestIds = new RequestIds(index);
  }

  /// The loop's place among its [Loops], from 0.
  public int index() {
    return index;
  }

  /// The Netty loop behind it.
  public EventLoop eventLoop() {
    return eventLoop;
  }

  /// Looks at the clock: to be called by what the loop calls from outside, such as an event of a
  /// socket, and by nothing below it. Returns [#now].
  public long tick() {
    now = System.nanoTime();
    return now;
  }

  /// When the event that the loop works on happened, in terms of [System#nanoTime]. Costs nothing.
  public long now() {
    return now;
  }

  /// The loop's coarse timers.
  public Deadlines deadlines() {
    return deadlines;
  }

  /// Heads to use again.
  public HeadPool heads() {
    return heads;
  }

  /// Identifiers for requests. Only to be used on the loop.
  public RequestIds requestIds() {
    return requestIds;
  }

  /// The next of a row of numbers that are evenly distributed over all ints, for choices that
  /// nobody gains from guessing (xorshift).
  public int random() {
    seed ^= seed << 13;
    seed ^= seed >>> 7;
    seed ^= seed << 17;
    return (int) (seed >>> 16);
  }

  /// What connections read into.
  public ReadBuffers reads() {
    return reads;
  }

  /// What is written and sent at once.
  public Scratch scratch() {
    return scratch;
  }

  /// Pipes for what is moved without being copied.
  public Pipes pipes() {
    return pipes;
  }

  /// What a protocol keeps for all its connections on this loop: made by the first who asks.
  public <T> T shared(Class<T> type, Supplier<T> maker) {
    return type.cast(shared.computeIfAbsent(type, asked -> maker.get()));
  }

  /// Where parts of a message are listed for one call that sends them all; empty.
  IovArray parts() {
    IovArray list = parts;
    if (list == null) {
      list = new IovArray();
      parts = list;
    }
    list.clear();
    return list;
  }

  void close() {
    IovArray list = parts;
    parts = null;
    if (list != null) {
      list.release();
    }
    pipes.close();
    reads.close();
    scratch.close();
  }
}
