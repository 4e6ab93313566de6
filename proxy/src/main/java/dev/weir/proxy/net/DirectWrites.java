package dev.weir.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.unix.IovArray;
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
    this.socket = RawSocket.of(channel);
  }

  /// Sends as much as the kernel takes now and advances the buffer's reader index by it. Nothing
  /// when earlier writes wait, when the channel cannot do it, or when the socket is broken: then
  /// writing to the channel says so.
  public void send(ByteBuf data) {
    Socket to = socket;
    if (to == null || !data.hasMemoryAddress() || !idle()) {
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

  /// As [#send(ByteBuf)] for two buffers, of which the first goes first, in one call.
  public void send(ByteBuf first, ByteBuf second, Loop loop) {
    Socket to = socket;
    if (to == null || !first.hasMemoryAddress() || !second.hasMemoryAddress() || !idle()) {
      return;
    }
    IovArray parts = loop.parts();
    parts.add(first, first.readerIndex(), first.readableBytes());
    parts.add(second, second.readerIndex(), second.readableBytes());
    try {
      int sent = (int) Math.max(0, to.writevAddresses(parts.memoryAddress(0), parts.count()));
      int ofFirst = Math.min(sent, first.readableBytes());
      first.skipBytes(ofFirst);
      second.skipBytes(sent - ofFirst);
    } catch (IOException e) {
      // The write that follows fails in the same way and closes the channel.
    }
  }

  /// Whether nothing waits to be sent or flushed, as far as that can be told.
  public boolean idle() {
    if (socket == null) {
      return false;
    }
    var queue = channel.unsafe().outboundBuffer();
    return queue != null && queue.totalPendingWriteBytes() == 0;
  }
}
