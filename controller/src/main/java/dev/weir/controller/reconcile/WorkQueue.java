package dev.weir.controller.reconcile;

import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Keys with work to do, each once, however often it was added.
///
/// The first addition of a key that was quiet is handed out at once; those that follow within the
/// window after it was done are merged and handed out when the window ends. A key is never handed
/// out again before it is [#done]. Safe for any number of threads.
///
/// @param <K> the key
/// @param <W> the kinds of work; merged by [Merge]
public final class WorkQueue<K, W> {
  private final long windowNanos;
  private final Merge<W> merge;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final Map<K, Entry<K, W>> entries = new HashMap<>();
  private final PriorityQueue<Turn<K, W>> turns = new PriorityQueue<>();
  private long turnCount;
  private boolean closed;

  /// Makes one piece of work of two.
  @FunctionalInterface
  public interface Merge<W> {
    /// Both.
    W merge(W a, W b);
  }

  /// One key and what is to be done.
  public record Item<K, W>(K key, W work) {}

  private static final class Entry<K, W> {
    final K key;
    @Nullable W work;
    boolean busy;
    long notBefore;
    long quietUntil;
    @Nullable Turn<K, W> turn;

    Entry(K key, long now) {
      this.key = key;
      notBefore = now;
      quietUntil = now;
    }
  }

  /// When to look at an entry; stale when the entry has another by then.
  private record Turn<K, W>(Entry<K, W> entry, long at, long order)
      implements Comparable<Turn<K, W>> {
    @Override
    public int compareTo(Turn<K, W> other) {
      int byTime = Long.compare(at - other.at, 0);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /// @param windowMillis how long additions that follow a hand-out are collected
  public WorkQueue(long windowMillis, Merge<W> merge) {
    this(windowMillis, merge, System::nanoTime);
  }

  WorkQueue(long windowMillis, Merge<W> merge, LongSupplier nanos) {
    this.windowNanos = TimeUnit.MILLISECONDS.toNanos(windowMillis);
    this.merge = merge;
    this.nanos = nanos;
  }

  /// Adds work for a key.
  public void add(K key, W work) {
    addLater(key, work, 0);
  }

  /// Adds work for a key that need not be done at once; a later [#add] brings it forward.
  public void addLater(K key, W work, long delayMillis) {
    lock.lock();
    try {
      addLocked(key, work, delayMillis);
    } finally {
      lock.unlock();
    }
  }

  private void addLocked(K key, W work, long delayMillis) {
    long now = nanos.getAsLong();
    Entry<K, W> entry = entries.computeIfAbsent(key, k -> new Entry<>(k, now));
    long earliest = now + TimeUnit.MILLISECONDS.toNanos(delayMillis);
    W before = entry.work;
    entry.work = before == null ? work : merge.merge(before, work);
    entry.notBefore = before == null || earliest - entry.notBefore < 0 ? earliest : entry.notBefore;
    if (!entry.busy) {
      schedule(entry, later(entry.quietUntil, entry.notBefore));
    }
  }

  private static long later(long a, long b) {
    return a - b > 0 ? a : b;
  }

  private void schedule(Entry<K, W> entry, long at) {
    Turn<K, W> present = entry.turn;
    if (present == null || at - present.at < 0) {
      entry.turn = new Turn<>(entry, at, turnCount++);
      turns.add(entry.turn);
      moved.signalAll();
    }
  }

  /// Waits for work. Null when the queue is closed.
  public @Nullable Item<K, W> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      return await();
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Item<K, W> await() throws InterruptedException {
    while (!closed) {
      Turn<K, W> first = turns.peek();
      if (first == null) {
        moved.await();
        continue;
      }
      long left = first.at - nanos.getAsLong();
      if (left > 0) {
        moved.awaitNanos(left);
        continue;
      }
      turns.remove();
      Item<K, W> item = first.entry.turn == first ? handOut(first.entry) : null;
      if (item != null) {
        return item;
      }
    }
    return null;
  }

  private @Nullable Item<K, W> handOut(Entry<K, W> entry) {
    entry.turn = null;
    W work = entry.work;
    if (work == null) {
      entries.remove(entry.key);
      return null;
    }
    if (entry.notBefore - nanos.getAsLong() > 0) {
      schedule(entry, entry.notBefore);
      return null;
    }
    entry.work = null;
    entry.busy = true;
    return new Item<>(entry.key, work);
  }

  /// The work that was taken for the key is done.
  public void done(K key) {
    done(key, windowNanos);
  }

  /// The work that was taken for the key is done, and a window of that length begins.
  public void doneFor(K key, long windowMillis) {
    done(key, TimeUnit.MILLISECONDS.toNanos(windowMillis));
  }

  private void done(K key, long window) {
    lock.lock();
    try {
      doneLocked(key, window);
    } finally {
      lock.unlock();
    }
  }

  private void doneLocked(K key, long window) {
    Entry<K, W> entry = entries.get(key);
    if (entry != null && entry.busy) {
      entry.busy = false;
      entry.quietUntil = nanos.getAsLong() + window;
      schedule(
          entry, entry.work == null ? entry.quietUntil : later(entry.quietUntil, entry.notBefore));
    }
  }

  /// Forgets what is waiting; what is being done stays.
  public void clear() {
    lock.lock();
    try {
      entries.values().forEach(entry -> entry.work = null);
    } finally {
      lock.unlock();
    }
  }

  /// Whether there is work for the key, or some is being done.
  public boolean waits(K key) {
    lock.lock();
    try {
      Entry<K, W> entry = entries.get(key);
      return entry != null && (entry.busy || entry.work != null);
    } finally {
      lock.unlock();
    }
  }

  /// How many keys wait.
  public int size() {
    lock.lock();
    try {
      return (int) entries.values().stream().filter(entry -> entry.work != null).count();
    } finally {
      lock.unlock();
    }
  }

  /// Ends all waiting.
  public void close() {
    lock.lock();
    try {
      closed = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
