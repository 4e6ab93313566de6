package dev.weir.proxy.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/// What waits for a peer to take it, looked at from time to time: a peer that takes none of it has
/// stalled. Thread: the loop.
public final class Backlog {
  private long before;

  /// Bytes that were written to a channel and that its socket has not taken.
  public static long of(Channel channel) {
    ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
    return queue == null ? 0 : queue.totalPendingWriteBytes();
  }

  /// Whether bytes have been waiting since this was asked last, and none of them was taken.
  ///
  /// @param now how many wait
  public boolean stalled(long now) {
    boolean stalled = before > 0 && now >= before;
    before = now;
    return stalled;
  }
}
