package dev.weir.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// Bytes that were read and that nobody took yet; at most what one read brings is added at a time.
/// Thread: the connection's loop.
public final class Inbox {
  private static final int SMALL = 2048;

  private final ReadBuffers reads;
  private @Nullable ByteBuf pending;

  /// @param reads where emptied buffers go back to
  public Inbox(ReadBuffers reads) {
    this.reads = reads;
  }

  /// Adds what was read. Takes ownership.
  public void add(ByteBuf in, ByteBufAllocator allocator) {
    ByteBuf before = pending;
    if (before == null) {
      pending = in;
      return;
    }
    ByteBuf both = allocator.buffer(before.readableBytes() + in.readableBytes());
    both.writeBytes(before).writeBytes(in);
    before.release();
    reads.done(in);
    pending = both;
  }

  /// What is there, still owned by the inbox; null for nothing.
  public @Nullable ByteBuf peek() {
    return pending;
  }

  /// Gives all of it away.
  public void give() {
    pending = null;
  }

  /// Lets go of the buffer when all of it was taken.
  public void trim() {
    ByteBuf now = pending;
    if (now != null && !now.isReadable()) {
      pending = null;
      reads.done(now);
    }
  }

  /// Moves a few bytes that nobody takes yet out of the buffer that they were read into.
  public void compact(ByteBufAllocator allocator) {
    ByteBuf now = pending;
    if (now != null && now.readableBytes() <= SMALL && now.capacity() > SMALL) {
      pending = allocator.directBuffer(now.readableBytes()).writeBytes(now);
      reads.done(now);
    }
  }

  /// Whether there is nothing.
  public boolean isEmpty() {
    return pending == null;
  }

  /// Forgets what nobody took.
  public void release() {
    ReferenceCountUtil.release(pending);
    pending = null;
  }
}
