package dev.weir.proxy.accesslog;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A ring of bytes between one producer (a loop) and one consumer (the writer thread). Neither ever
/// waits for the other.
final class Ring {
  private static final VarHandle PRODUCED;
  private static final VarHandle CONSUMED;

  static {
    try {
      var lookup = MethodHandles.lookup();
      PRODUCED = lookup.findVarHandle(Ring.class, "produced", long.class);
      CONSUMED = lookup.findVarHandle(Ring.class, "consumed", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final long FULL_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final int capacity;
  private final ByteBuffer bytes;
  private final ByteBuffer reader;

  @SuppressWarnings("unused")
  private long produced;

  @SuppressWarnings("unused")
  private long consumed;

  private long knownConsumed;
  private long lines;
  private long dropped;
  private long lost;
  private boolean torn;

  /// @param capacity in bytes, a power of two
  Ring(int capacity) {
    this.capacity = capacity;
    this.bytes = ByteBuffer.allocateDirect(capacity);
    this.reader = bytes.duplicate();
  }

  /// Appends a whole line or drops it. Thread: the producer.
  void offer(byte[] line, int length) {
    long at = (long) PRODUCED.get(this);
    if (at + length - knownConsumed > capacity) {
      knownConsumed = (long) CONSUMED.getAcquire(this);
      if (at + length - knownConsumed > capacity) {
        dropped++;
        return;
      }
    }
    int index = (int) (at & (capacity - 1));
    int first = Math.min(length, capacity - index);
    bytes.put(index, line, 0, first);
    if (first < length) {
      bytes.put(0, line, first, length - first);
    }
    lines++;
    PRODUCED.setRelease(this, at + length);
  }

  /// Writes everything that is there, and waits for a channel that takes no more for now: its last
  /// line must be complete before another ring has its turn. Thread: the consumer.
  ///
  /// @return whether there was anything
  /// @throws IOException when the channel fails; what was there is lost, and counted
  boolean drainTo(WritableByteChannel channel) throws IOException {
    long from = (long) CONSUMED.get(this);
    long to = (long) PRODUCED.getAcquire(this);
    if (from == to) {
      return false;
    }
    try {
      while (from < to) {
        int written = write(channel, from, to);
        if (written == 0) {
          LockSupport.parkNanos(FULL_WAIT_NANOS);
        }
        from += written;
        CONSUMED.setRelease(this, from);
      }
    } catch (IOException e) {
      lose(from, to);
      throw e;
    }
    return true;
  }

  private int write(WritableByteChannel channel, long from, long to) throws IOException {
    if (torn) {
      // ends the line that a failure cut, so that the next one is whole
      channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
      torn = false;
    }
    int index = (int) (from & (capacity - 1));
    int length = (int) Math.min(to - from, capacity - index);
    reader.limit(index + length).position(index);
    return channel.write(reader);
  }

  private void lose(long from, long to) {
    torn |= from > 0 && byteAt(from - 1) != '\n';
    for (long at = from; at < to; at++) {
      if (byteAt(at) == '\n') {
        lost++;
      }
    }
    CONSUMED.setRelease(this, to);
  }

  private byte byteAt(long at) {
    return bytes.get((int) (at & (capacity - 1)));
  }

  /// Lines taken so far. May be read by any thread, a moment late.
  long lines() {
    return lines;
  }

  /// Lines dropped so far because the consumer was too slow, or because the target failed. May be
  /// read by any thread, a moment late.
  long dropped() {
    return dropped + lost;
  }
}
