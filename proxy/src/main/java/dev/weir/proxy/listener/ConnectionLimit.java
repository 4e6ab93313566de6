package dev.weir.proxy.listener;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A limit of open connections that several loops share. Thread: any.
///
/// Who finds no room waits: it is called once when there may be some, and tries again.
public final class ConnectionLimit {
  private final AtomicInteger used = new AtomicInteger();
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private volatile int limit;

  /// @param limit 0 for none
  public ConnectionLimit(int limit) {
    this.limit = limit;
  }

  /// How many connections are open.
  public int used() {
    return used.get();
  }

  /// The limit, 0 for none.
  public int limit() {
    return limit;
  }

  /// Changes the limit; connections over a lower one live on.
  void limit(int newLimit) {
    limit = newLimit;
    wake();
  }

  /// Takes a place. Without one, `retry` is called on any thread as soon as there may be.
  boolean acquire(Runnable retry) {
    if (tryAcquire()) {
      return true;
    }
    waiting.add(retry);
    if (tryAcquire()) {
      waiting.remove(retry);
      return true;
    }
    return false;
  }

  /// Gives a place back.
  void release() {
    used.decrementAndGet();
    wake();
  }

  private boolean tryAcquire() {
    int max = limit;
    int now = used.get();
    while (max == 0 || now < max) {
      if (used.compareAndSet(now, now + 1)) {
        return true;
      }
      now = used.get();
    }
    return false;
  }

  private void wake() {
    for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
      next.run();
    }
  }
}
