package dev.weir.proxy.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/// How much connections read at a time.
@SuppressWarnings("deprecation") // Netty's name of the interface
final class ReadBuffersTest {
  private static final int LARGE = 128 * 1024;

  private final ReadBuffers reads = new ReadBuffers();
  private final ReadBuffers.OfOrigin origin = reads.ofOrigin();
  private final RecvByteBufAllocator.Handle sizes = origin.newHandle();

  @Test
  void whoFillsReadsGetsLargerOnesUnlessWhatIsReadIsEncrypted() {
    var channel = new EmbeddedChannel();
    channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR, origin);
    assertSame(origin, ReadBuffers.OfOrigin.of(channel));
    assertEquals(ReadBuffers.SPARE_SIZE, next());
    sizes.lastBytesRead(ReadBuffers.SPARE_SIZE);
    assertEquals(LARGE, next());

    origin.keepSmall(true);
    assertEquals(ReadBuffers.SPARE_SIZE, next());
    sizes.lastBytesRead(ReadBuffers.SPARE_SIZE);
    assertEquals(ReadBuffers.SPARE_SIZE, next());

    origin.keepSmall(false);
    assertEquals(ReadBuffers.SPARE_SIZE, next());
    sizes.lastBytesRead(ReadBuffers.SPARE_SIZE);
    assertEquals(LARGE, next());
    channel.close();
    reads.close();
  }

  /// How much is read next.
  private int next() {
    ByteBuf buffer = sizes.allocate(UnpooledByteBufAllocator.DEFAULT);
    int size = buffer.writableBytes();
    reads.done(buffer);
    return size;
  }
}
