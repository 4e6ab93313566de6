package dev.weir.proxy.metrics;

import dev.weir.config.metrics.Durations;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.Loops;
import io.netty.channel.EventLoop;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// How busy the loops are: once a second each is asked to run something, and the time until it does
/// is what a request that arrives at that moment waits. Thread: any.
public final class LoopWatch {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final List<Watched> watched;

  private LoopWatch(Loops loops) {
    watched = loops.all().stream().map(Watched::new).toList();
  }

  /// Watches until the control loop ends.
  ///
  /// @param control asks
  public static LoopWatch start(Loops loops, EventLoop control) {
    var watch = new LoopWatch(loops);
    control.scheduleAtFixedRate(watch::ask, 0, 1, TimeUnit.SECONDS);
    return watch;
  }

  /// The loops, by index.
  public List<Watched> loops() {
    return watched;
  }

  private void ask() {
    watched.forEach(Watched::ask);
  }

  /// Bytes that a thread allocated on the Java heap; -1 when that is not known.
  public static long allocatedBytes(long thread) {
    return THREADS instanceof com.sun.management.ThreadMXBean counting
        ? counting.getThreadAllocatedBytes(thread)
        : -1;
  }

  /// One loop.
  public static final class Watched {
    private final Loop loop;
    private final Durations lag = new Durations();
    private volatile long thread;
    private volatile long asked;

    private Watched(Loop loop) {
      this.loop = loop;
    }

    /// The loop's index, as in its thread's name less one.
    public int index() {
      return loop.index();
    }

    /// How long it took to answer.
    public Durations lag() {
      return lag;
    }

    /// CPU time of its thread, in nanoseconds: the rest of a second it slept or was not let run. -1
    /// when that is not known.
    public long cpuNanos() {
      return thread == 0 ? -1 : THREADS.getThreadCpuTime(thread);
    }

    /// Bytes that its thread allocated on the Java heap; -1 when that is not known.
    public long allocatedBytes() {
      return thread == 0 ? -1 : LoopWatch.allocatedBytes(thread);
    }

    private void ask() {
      if (asked == 0 && !loop.eventLoop().isShuttingDown()) {
        asked = System.nanoTime();
        loop.eventLoop().execute(this::answer);
      }
    }

    private void answer() {
      if (thread == 0) {
        thread = Thread.currentThread().threadId();
      }
      lag.add(System.nanoTime() - asked);
      asked = 0;
    }
  }
}
