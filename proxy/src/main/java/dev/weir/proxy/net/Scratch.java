package dev.weir.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// A loop's buffer for what is written and sent at once, so that a message needs none of its own.
/// Lent to one connection at a time. Thread: the loop.
public final class Scratch {
  private static final int SIZE = 32 * 1024;

  private @Nullable ByteBuf buffer;
  private boolean lent;

  /// The empty buffer; null when it is lent already or too small.
  public @Nullable ByteBuf borrow(int size) {
    if (lent || size > SIZE) {
      return null;
    }
    ByteBuf mine = buffer;
    if (mine == null) {
      mine = Unpooled.directBuffer(SIZE, SIZE);
      buffer = mine;
    }
    lent = true;
    return mine.clear();
  }

  /// Takes the buffer back when it is the loop's own.
  ///
  /// @return false when it is another one
  public boolean giveBack(ByteBuf returned) {
    if (returned != buffer) {
      return false;
    }
    lent = false;
    return true;
  }

  /// Frees the buffer.
  void close() {
    ByteBuf last = buffer;
    buffer = null;
    if (last != null) {
      last.release();
    }
  }
}
