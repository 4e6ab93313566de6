package dev.weir.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.epoll.AbstractEpollStreamChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Sends on a socket past the channel's queue of writes, when that queue is empty: no promise, no
/// entry, no walk through handlers. What the kernel does not take is written to the channel as
/// usual. Thread: the channel's loop.
public final class DirectWrites {
  private final Channel channel;
  private final @Nullable Socket socket;

  /// @param channel whose bytes go out as they are: no handler may change them
  public DirectWrites(Channel channel) {
    this.channel = channel;
    this.socket =
        channel instanceof AbstractEpollStreamChannel epoll && epoll.fd() instanceof Socket fd
            ? fd
            : null;
  }

  /// Sends as much as the kernel takes now and advances the buffer's reader index by it. Nothing
  /// when earlier writes wait, when the channel cannot do it, or when the socket is broken: then
  /// writing to the channel says so.
  public void send(ByteBuf data) {
    Socket to = socket;
    if (to == null || !data.hasMemoryAddress()) {
      return;
    }
    var queue = channel.unsafe().outboundBuffer();
    if (queue == null || !queue.isEmpty()) {
      return;
    }
    try {
      int sent = to.sendAddress(data.memoryAddress(), data.readerIndex(), data.writerIndex());
      if (sent > 0) {
        data.skipBytes(sent);
      }
    } catch (IOException e) {
      // The write that follows fails in the same way and closes the channel.
    }
  }
}
