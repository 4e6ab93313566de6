package dev.weir.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// Bytes that were read and that nobody took yet; at most what one read brings is added at a time.
/// Thread: the connection's loop.
final class Inbox {
  private @Nullable ByteBuf pending;

  /// Adds what was read. Takes ownership.
  void add(ByteBuf in, ByteBufAllocator allocator) {
    ByteBuf before = pending;
    if (before == null) {
      pending = in;
      return;
    }
    ByteBuf both = allocator.buffer(before.readableBytes() + in.readableBytes());
    both.writeBytes(before).writeBytes(in);
    before.release();
    in.release();
    pending = both;
  }

  /// What is there, still owned by the inbox; null for nothing.
  @Nullable ByteBuf peek() {
    return pending;
  }

  /// Gives all of it away.
  void give() {
    pending = null;
  }

  /// Lets go of the buffer when all of it was taken.
  void trim() {
    ByteBuf now = pending;
    if (now != null && !now.isReadable()) {
      pending = null;
      now.release();
    }
  }

  boolean isEmpty() {
    return pending == null;
  }

  void release() {
    ReferenceCountUtil.release(pending);
    pending = null;
  }
}
