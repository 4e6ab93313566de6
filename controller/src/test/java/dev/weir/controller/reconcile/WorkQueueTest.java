package dev.weir.controller.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
  private static final long WINDOW = 50;

  private final WorkQueue<String, Work> queue = new WorkQueue<>(WINDOW, Work::both);

  @Test
  void theFirstEventIsHandedOutAtOnceAndFollowersAreMergedUntilTheWindowEnds() throws Exception {
    queue.add("a", Work.ENDPOINTS);
    assertEquals(new WorkQueue.Item<>("a", Work.ENDPOINTS), queue.take());
    long done = System.nanoTime();
    queue.done("a");
    queue.add("a", Work.ENDPOINTS);
    queue.add("a", Work.RENDER);
    queue.add("a", Work.ENDPOINTS);
    assertEquals(1, queue.size());
    assertEquals(new WorkQueue.Item<>("a", Work.RENDER), queue.take());
    assertTrue(System.nanoTime() - done >= TimeUnit.MILLISECONDS.toNanos(WINDOW), "too early");
    assertEquals(0, queue.size());
  }

  @Test
  void aQuietKeyOvertakesOneThatIsInItsWindow() throws Exception {
    var now = new AtomicLong();
    var scripted = new WorkQueue<String, Work>(WINDOW, Work::both, now::get);
    scripted.add("noisy", Work.RENDER);
    scripted.take();
    scripted.done("noisy");
    scripted.add("noisy", Work.RENDER);
    scripted.add("quiet", Work.RENDER);
    assertEquals(new WorkQueue.Item<>("quiet", Work.RENDER), scripted.take());
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(WINDOW));
    assertEquals(new WorkQueue.Item<>("noisy", Work.RENDER), scripted.take());
  }

  @Test
  void whatIsAddedWhileAKeyIsBusyComesWhenItIsDone() throws Exception {
    queue.add("a", Work.RENDER);
    queue.take();
    queue.add("a", Work.ENDPOINTS);
    queue.add("b", Work.RENDER);
    assertEquals(new WorkQueue.Item<>("b", Work.RENDER), queue.take());
    queue.done("a");
    assertEquals(new WorkQueue.Item<>("a", Work.ENDPOINTS), queue.take());
  }

  @Test
  void delayedWorkWaitsUnlessSomethingNewComes() throws Exception {
    var now = new AtomicLong(Long.MAX_VALUE - 5);
    var scripted = new WorkQueue<String, Work>(WINDOW, Work::both, now::get);
    scripted.addLater("a", Work.ENDPOINTS, 1000);
    scripted.add("b", Work.RENDER);
    assertEquals(new WorkQueue.Item<>("b", Work.RENDER), scripted.take());
    scripted.add("a", Work.RENDER);
    assertEquals(new WorkQueue.Item<>("a", Work.RENDER), scripted.take());
    scripted.done("a");
    scripted.addLater("a", Work.RENDER, 1000);
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1001));
    assertEquals(new WorkQueue.Item<>("a", Work.RENDER), scripted.take());
  }

  @Test
  void aWindowMayBeShorterOrLongerForOnePieceOfWork() throws Exception {
    var now = new AtomicLong();
    var scripted = new WorkQueue<String, Work>(WINDOW, Work::both, now::get);
    scripted.add("a", Work.RENDER);
    scripted.take();
    scripted.doneFor("a", 1000);
    scripted.add("a", Work.RENDER);
    scripted.add("b", Work.RENDER);
    assertEquals(new WorkQueue.Item<>("b", Work.RENDER), scripted.take());
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1000));
    assertEquals(new WorkQueue.Item<>("a", Work.RENDER), scripted.take());
    scripted.doneFor("a", 0);
    scripted.add("a", Work.RENDER);
    assertEquals(new WorkQueue.Item<>("a", Work.RENDER), scripted.take());
  }

  @Test
  void clearingForgetsWhatWaits() throws Exception {
    queue.add("a", Work.RENDER);
    queue.add("b", Work.RENDER);
    queue.clear();
    queue.add("b", Work.ENDPOINTS);
    assertEquals(new WorkQueue.Item<>("b", Work.ENDPOINTS), queue.take());
    assertEquals(0, queue.size());
  }

  @Test
  void closingEndsAllWaiting() throws Exception {
    var ended = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  assertNull(queue.take());
                  ended.countDown();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }
    queue.close();
    assertTrue(ended.await(10, TimeUnit.SECONDS));
  }

  @Test
  void noWakeUpIsLostAndNoKeyIsWorkedOnTwiceAtATime() throws Exception {
    var fast = new WorkQueue<Integer, Integer>(1, Integer::sum);
    var busy = ConcurrentHashMap.<Integer>newKeySet();
    var sum = new AtomicInteger();
    var violations = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      workers.add(Thread.ofVirtual().start(() -> work(fast, busy, sum, violations)));
    }
    var random = new Random(7);
    int added = 0;
    for (int i = 0; i < 5_000; i++) {
      fast.add(random.nextInt(20), 1);
      added++;
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (sum.get() < added && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    fast.close();
    for (Thread worker : workers) {
      worker.join();
    }
    assertEquals(added, sum.get());
    assertEquals(0, violations.get());
  }

  private static void work(
      WorkQueue<Integer, Integer> queue,
      ConcurrentHashMap.KeySetView<Integer, Boolean> busy,
      AtomicInteger sum,
      AtomicInteger violations) {
    try {
      WorkQueue.Item<Integer, Integer> item;
      while ((item = queue.take()) != null) {
        if (!busy.add(item.key())) {
          violations.incrementAndGet();
        }
        sum.addAndGet(item.work());
        busy.remove(item.key());
        queue.done(item.key());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
