package dev.weir.proxy.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private final EventLoops loops = EventLoops.start(Transport.NIO, 1);
  private final Loop loop = loops.data().all().getFirst();

  @AfterEach
  void stop() throws InterruptedException {
    loops.stop(Duration.ofSeconds(1));
  }

  @Test
  void aDeadlineIsMetAtItsTimeAndNotBefore() throws Exception {
    var met = new CountDownLatch(1);
    long start = System.nanoTime();
    onLoop(
        () -> {
          loop.tick();
          loop.deadlines().in(deadline(met::countDown), Duration.ofMillis(200));
        });
    assertTrue(met.await(5, TimeUnit.SECONDS));
    assertTrue(System.nanoTime() - start >= Duration.ofMillis(200).toNanos());
  }

  @Test
  void whatIsRemovedIsNotHeldAnyLonger() throws Exception {
    var forgotten = new WeakReference<Deadlines.Deadline>(setAndRemove());
    Await.until(
        "the deadline is gone",
        () -> {
          System.gc();
          return forgotten.get() == null;
        });
  }

  private Deadlines.Deadline setAndRemove() throws Exception {
    var deadline = deadline(() -> {});
    onLoop(
        () -> {
          loop.tick();
          loop.deadlines().in(deadline(() -> {}), Duration.ofMinutes(1));
          loop.deadlines().in(deadline, Duration.ofMinutes(1));
          loop.deadlines().remove(deadline);
        });
    return deadline;
  }

  private void onLoop(Runnable task) throws Exception {
    loop.eventLoop().submit(task).get(5, TimeUnit.SECONDS);
  }

  private static Deadlines.Deadline deadline(Runnable action) {
    return new Deadlines.Deadline() {
      @Override
      protected void expired() {
        action.run();
      }
    };
  }
}
