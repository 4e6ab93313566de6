package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.LongAccumulator;

/// Steady requests of people who have nothing to do with an attack. They go through the proxy and,
/// beside that, straight to their origin: what a busy machine does to both is not the proxy's
/// doing, nor is the time for which the proxy waits for a processor, or for which everything stood
/// still: the machine, or this process with its clients.
public final class Bystanders implements AutoCloseable {
  private static final double SHARE = 0.99;
  private static final int TIMES_DIRECT = 3;
  private static final Duration LOOK = Duration.ofMillis(5);
  private final ProxyProcess proxy;
  private final LoadClient through;
  private final LoadClient direct;
  private final LongAccumulator pauses = new LongAccumulator(Math::max, 0);
  private final Thread clock;
  private volatile long looked = System.nanoTime();
  private ProxyProcess.Scheduled before;

  private Bystanders(ProxyProcess proxy, LoadClient through, LoadClient direct) throws IOException {
    this.proxy = proxy;
    this.before = proxy.scheduled();
    this.through = through;
    this.direct = direct;
    this.clock = Thread.ofVirtual().name("bystanders-clock").start(this::look);
  }

  /// Sleeps as the clients do, and sees how much later than wanted it wakes up.
  private void look() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        pauses.accumulate(late());
        looked = System.nanoTime();
      }
    } catch (InterruptedException stopped) {
      return;
    }
  }

  private long late() {
    return System.nanoTime() - looked - LOOK.toNanos();
  }

  /// Starts so many clients of a proxy's port, and one of the origin behind it.
  public static Bystanders start(
      ProxyProcess proxy, int port, Origin origin, int count, Duration pace) throws IOException {
    return new Bystanders(
        proxy,
        LoadClient.on(port).keepAlive(count, "/", pace),
        LoadClient.on(origin.port()).keepAlive(1, "/", pace));
  }

  /// Requests that were answered through the proxy, so far.
  public long served() {
    return through.succeeded();
  }

  /// How long requests took, and how long without the proxy.
  ///
  /// @param stretch how many times as long as it computed the proxy took to compute it, since
  ///   others had the processors; 1 when it never waited for one
  /// @param pause the longest time for which nothing ran here
  public record Took(Latencies through, Latencies direct, double stretch, Duration pause) {
    /// Asserts that 99 of 100 took no longer than `patience` on a machine of its own, three times
    /// what they take without the proxy, and the longest pause.
    public void require(Duration patience) {
      var own = Duration.ofNanos((long) (patience.toNanos() * stretch));
      var allowed = own.plus(direct.quantile(SHARE).multipliedBy(TIMES_DIRECT)).plus(pause);
      assertTrue(through.quantile(SHARE).compareTo(allowed) < 0, this::toString);
    }

    @Override
    public String toString() {
      return "%s (without the proxy %s; stretched %.1f times; longest pause %d ms)"
          .formatted(through, direct, stretch, pause.toMillis());
    }
  }

  /// How long requests took since the last call.
  public Took took() throws IOException {
    var now = proxy.scheduled();
    var stretch = now.stretchSince(before);
    before = now;
    pauses.accumulate(late());
    var pause = Duration.ofNanos(pauses.getThenReset());
    return new Took(through.latencies(), direct.latencies(), stretch, pause);
  }

  /// Asserts that no request failed so far, and that some were answered.
  public void requireFlawless() {
    through.report().requireFlawless(1);
  }

  /// Stops them when so many were answered, and asserts that none failed and that they took as
  /// [Took#require] allows.
  public void stopServed(long atLeast, Duration patience) throws IOException, InterruptedException {
    through.stopFlawless(atLeast);
    direct.stop();
    took().require(patience);
  }

  @Override
  public void close() throws InterruptedException {
    clock.interrupt();
    through.stop();
    direct.stop();
  }
}
