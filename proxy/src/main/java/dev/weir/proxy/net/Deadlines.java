package dev.weir.proxy.net;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A loop's coarse timers: a wheel of [Deadline]s, looked at every 50 ms while there are any.
///
/// Made for deadlines that are moved on every request and almost never met: moving one later is a
/// single field write. A deadline is met up to one tick late, never early. Thread: the loop.
public final class Deadlines {
  static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int SLOTS = 512;

  private final Loop loop;
  private final @Nullable Deadline[] slots = new @Nullable Deadline[SLOTS];
  private final Runnable tick = this::tick;
  private long lastTick;
  private int size;
  private boolean running;

  Deadlines(Loop loop) {
    this.loop = loop;
  }

  /// Something that must happen unless it is moved or cancelled in time.
  public abstract static class Deadline {
    private long at;
    private long slotTick = -1;
    private @Nullable Deadline previous;
    private @Nullable Deadline next;
    private boolean armed;

    /// The time is over. The deadline is no longer armed and may be set again.
    protected abstract void expired();
  }

  /// Sets when the deadline is met.
  ///
  /// @param at in terms of [System#nanoTime]
  public void set(Deadline deadline, long at) {
    deadline.at = at;
    deadline.armed = true;
    long wanted = tickOf(at);
    if (deadline.slotTick >= 0 && wanted >= deadline.slotTick) {
      return;
    }
    if (deadline.slotTick >= 0) {
      unlink(deadline);
    }
    if (!running) {
      running = true;
      lastTick = tickOf(System.nanoTime());
      schedule();
    }
    link(deadline, wanted);
  }

  /// Sets the deadline to so much later than [Loop#now].
  public void in(Deadline deadline, Duration time) {
    set(deadline, loop.now() + time.toNanos());
  }

  /// Forgets the deadline, which will be set again. Cheap: it stays in the wheel until its slot
  /// comes by.
  public void cancel(Deadline deadline) {
    deadline.armed = false;
  }

  /// Forgets the deadline for good, and with it whoever it belongs to: a connection that is closed
  /// must not wait in the wheel for its slot.
  public void remove(Deadline deadline) {
    deadline.armed = false;
    if (deadline.slotTick >= 0) {
      unlink(deadline);
    }
  }

  private static long tickOf(long nanos) {
    return Math.floorDiv(nanos, TICK_NANOS) - Math.floorDiv(ORIGIN, TICK_NANOS) + 1;
  }

  private static final long ORIGIN = System.nanoTime() - TimeUnit.HOURS.toNanos(1);

  private void link(Deadline deadline, long wanted) {
    long slotTick = Math.clamp(wanted, lastTick + 1, lastTick + SLOTS - 1);
    deadline.slotTick = slotTick;
    int slot = (int) (slotTick % SLOTS);
    Deadline head = slots[slot];
    deadline.next = head;
    deadline.previous = null;
    if (head != null) {
      head.previous = deadline;
    }
    slots[slot] = deadline;
    size++;
  }

  private void unlink(Deadline deadline) {
    Deadline previous = deadline.previous;
    Deadline next = deadline.next;
    if (previous == null) {
      slots[(int) (deadline.slotTick % SLOTS)] = next;
    } else {
      previous.next = next;
    }
    if (next != null) {
      next.previous = previous;
    }
    deadline.previous = null;
    deadline.next = null;
    deadline.slotTick = -1;
    size--;
  }

  private void schedule() {
    if (!loop.eventLoop().isShuttingDown()) {
      loop.eventLoop().schedule(tick, TICK_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private void tick() {
    long now = loop.tick();
    long current = tickOf(now) - 1;
    while (lastTick < current) {
      lastTick++;
      Deadline deadline = slots[(int) (lastTick % SLOTS)];
      while (deadline != null) {
        unlink(deadline);
        if (deadline.armed) {
          if (deadline.at <= now) {
            deadline.armed = false;
            deadline.expired();
          } else {
            link(deadline, tickOf(deadline.at));
          }
        }
        deadline = slots[(int) (lastTick % SLOTS)];
      }
    }
    if (size > 0) {
      schedule();
    } else {
      running = false;
    }
  }
}
