package dev.weir.proxy.accesslog;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

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
    bytes.put(0, line, first, length - first);
    lines++;
    PRODUCED.setRelease(this, at + length);
  }

  /// Writes everything that is there. Thread: the consumer.
  ///
  /// @return whether there was anything
  /// @throws IOException when the channel fails; what was there is lost
  boolean drainTo(WritableByteChannel channel) throws IOException {
    long from = (long) CONSUMED.get(this);
    long to = (long) PRODUCED.getAcquire(this);
    if (from == to) {
      return false;
    }
    try {
      while (from < to) {
        int index = (int) (from & (capacity - 1));
        int length = (int) Math.min(to - from, capacity - index);
        reader.limit(index + length).position(index);
        while (reader.hasRemaining()) {
          channel.write(reader);
        }
        from += length;
        CONSUMED.setRelease(this, from);
      }
    } finally {
      CONSUMED.setRelease(this, to);
    }
    return true;
  }

  /// Lines taken so far. May be read by any thread, a moment late.
  long lines() {
    return lines;
  }

  /// Lines dropped so far because the consumer was too slow.
  long dropped() {
    return dropped;
  }
}
