package dev.weir.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// What a loop's connections read into: one spare buffer that is used again and again while what
/// was read is consumed at once, and so stays in the processor's cache.
///
/// A connection that fills its reads gets larger buffers of its own, up to 128 KiB, unless what it
/// reads is encrypted at once ([OfOrigin]). Thread: the loop.
public final class ReadBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  static final int SPARE_SIZE = 32 * 1024;
  private static final int LARGEST = 128 * 1024;

  private @Nullable ByteBuf spare;

  /// Takes a buffer back that was read into. Releases the caller's reference in any case.
  public void done(ByteBuf buffer) {
    boolean whole = buffer.capacity() == SPARE_SIZE && buffer.unwrap() == null;
    if (spare == null && whole && buffer.refCnt() == 1) {
      spare = buffer.clear();
    } else {
      buffer.release();
    }
  }

  /// Lets go of the spare buffer.
  void close() {
    ByteBuf last = spare;
    spare = null;
    if (last != null) {
      last.release();
    }
  }

  /// How much to read after a read of so many bytes: four times as much after one that filled its
  /// buffer, back to the spare after one that did not need more.
  static int next(int size, int bytes) {
    if (bytes == size) {
      return Math.min(LARGEST, size * 4);
    }
    return bytes <= SPARE_SIZE ? SPARE_SIZE : size;
  }

  /// A buffer to read into.
  ByteBuf allocate(ByteBufAllocator allocator, int size) {
    ByteBuf kept = spare;
    if (kept == null || size > SPARE_SIZE) {
      return allocator.directBuffer(size, size);
    }
    spare = null;
    return kept;
  }

  @Override
  @SuppressWarnings("deprecation") // Netty's name of the interface that its transports ask for
  public RecvByteBufAllocator.Handle newHandle() {
    return ofOrigin().newHandle();
  }

  /// For one connection to an endpoint.
  public OfOrigin ofOrigin() {
    return new OfOrigin();
  }

  /// The reads of a connection to an endpoint.
  public final class OfOrigin extends DefaultMaxMessagesRecvByteBufAllocator {
    private boolean small;

    /// What a channel reads with; null for one that was not made with any.
    @SuppressWarnings("deprecation")
    public static @Nullable OfOrigin of(Channel channel) {
      RecvByteBufAllocator reads = channel.config().getRecvByteBufAllocator();
      return reads instanceof OfOrigin found ? found : null;
    }

    /// Keeps to the spare buffer, or does so no longer: what is encrypted at once is best in the
    /// processor's cache, which costs less than more system calls do.
    public void keepSmall(boolean now) {
      small = now;
    }

    @Override
    @SuppressWarnings("deprecation")
    public RecvByteBufAllocator.Handle newHandle() {
      return new Sizes();
    }

    /// How much the connection reads at a time.
    private final class Sizes extends MaxMessageHandle {
      private int size = SPARE_SIZE;

      @Override
      public ByteBuf allocate(ByteBufAllocator allocator) {
        return ReadBuffers.this.allocate(allocator, guess());
      }

      @Override
      public int guess() {
        return small ? SPARE_SIZE : size;
      }

      @Override
      public void lastBytesRead(int bytes) {
        size = small ? SPARE_SIZE : next(size, bytes);
        super.lastBytesRead(bytes);
      }
    }
  }
}
