package dev.weir.controller.reconcile;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Keys with work to do, each once, however often it was added.
///
/// The first addition of a key that was quiet is handed out at once; those that follow within the window after it was handed
/// out are merged and handed out when the window ends. A key is never handed out again before it is [#done]. Safe for any
/// number of threads.
///
/// @param <K> the key
/// @param <W> the kinds of work; merged by [Merge]
public final class WorkQueue<K, W> {
  private final long windowNanos;
  private final Merge<W> merge;
  private final Map<K, Entry<W>> entries = new HashMap<>();
  private final ArrayDeque<K> ready = new ArrayDeque<>();
  private boolean closed;

  /// Makes one piece of work of two.
  @FunctionalInterface
  public interface Merge<W> {
    /// Both.
    W merge(W a, W b);
  }

  /// One key and what is to be done.
  public record Item<K, W>(K key, W work) {}

  private static final class Entry<W> {
    @Nullable W work;
    boolean busy;
    boolean queued;
    long quietUntil;
  }

  /// @param windowMillis how long additions that follow a hand-out are collected
  public WorkQueue(long windowMillis, Merge<W> merge) {
    this.windowNanos = TimeUnit.MILLISECONDS.toNanos(windowMillis);
    this.merge = merge;
  }

  /// Adds work for a key.
  public synchronized void add(K key, W work) {
    Entry<W> entry = entries.computeIfAbsent(key, k -> new Entry<>());
    W before = entry.work;
    entry.work = before == null ? work : merge.merge(before, work);
    enqueue(key, entry);
  }

  private void enqueue(K key, Entry<W> entry) {
    if (entry.work != null && !entry.busy && !entry.queued) {
      entry.queued = true;
      ready.addLast(key);
      notifyAll();
    }
  }

  /// Waits for work. Null when the queue is closed.
  public synchronized @Nullable Item<K, W> take() throws InterruptedException {
    while (!closed) {
      long now = System.nanoTime();
      long wait = Long.MAX_VALUE;
      for (int i = ready.size(); i > 0; i--) {
        K key = ready.removeFirst();
        Entry<W> entry = entries.get(key);
        if (entry == null) {
          continue;
        }
        long left = entry.quietUntil - now;
        if (left > 0) {
          wait = Math.min(wait, left);
          ready.addLast(key);
          continue;
        }
        W work = entry.work;
        entry.queued = false;
        if (work != null) {
          entry.work = null;
          entry.busy = true;
          return new Item<>(key, work);
        }
      }
      if (wait == Long.MAX_VALUE) {
        wait();
      } else {
        TimeUnit.NANOSECONDS.timedWait(this, wait);
      }
    }
    return null;
  }

  /// The work that was taken for the key is done.
  public synchronized void done(K key) {
    Entry<W> entry = entries.get(key);
    if (entry == null) {
      return;
    }
    entry.busy = false;
    entry.quietUntil = System.nanoTime() + windowNanos;
    if (entry.work != null) {
      enqueue(key, entry);
    } else if (entries.size() > 4096) {
      long now = System.nanoTime();
      entries.values().removeIf(e -> !e.busy && !e.queued && e.quietUntil < now);
    }
  }

  /// How many keys wait.
  public synchronized int size() {
    return ready.size();
  }

  /// Ends all waiting.
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
