package dev.weir.proxy.http1;

import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.net.DirectWrites;
import dev.weir.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// What one side of a connection is about to send: heads and small bodies share a buffer and so a
/// system call, everything else is passed on as it is. Thread: the connection's loop.
final class Outbox {
  private static final int SMALL_BODY = 4096;

  private final Channel channel;
  private final Loop loop;
  private final @Nullable DirectWrites socket;
  private @Nullable ByteBuf buffer;
  private boolean chunked;

  /// @param plain whether bytes go out as they are, and may go past the channel's handlers
  Outbox(Channel channel, Loop loop, boolean plain) {
    this.channel = channel;
    this.loop = loop;
    this.socket = plain ? new DirectWrites(channel) : null;
  }

  /// Says how the next body is framed.
  void chunked(boolean chunks) {
    chunked = chunks;
  }

  /// A buffer to append a head to.
  ///
  /// @param size how many bytes it must take at least
  ByteBuf buffer(int size) {
    ByteBuf now = buffer;
    if (now != null && now.maxWritableBytes() < size) {
      now = moved(now, size);
    } else if (now == null) {
      now = socket == null ? null : loop.scratch().borrow(size + SMALL_BODY);
      if (now == null) {
        now = channel.alloc().directBuffer(size + SMALL_BODY);
      }
    }
    buffer = now;
    return now;
  }

  /// Appends a part of a body. Takes ownership.
  ///
  /// @return how many bytes will be sent for it
  long body(ChannelHandlerContext ctx, ByteBuf data) {
    ByteBuf now = buffer;
    int size = data.readableBytes();
    if (now != null && size <= SMALL_BODY && size + ChunkWriter.ADDED <= now.maxWritableBytes()) {
      int before = now.readableBytes();
      if (chunked) {
        ChunkWriter.append(now, data);
      } else {
        now.writeBytes(data);
      }
      data.release();
      return now.readableBytes() - before;
    }
    if (chunked) {
      queue(ctx);
      return ChunkWriter.data(ctx, data);
    }
    if (now == null || socket == null) {
      queue(ctx);
      ctx.write(data, ctx.voidPromise());
    } else {
      socket.send(now, data, loop);
      rest(ctx, now, data);
    }
    return size;
  }

  /// What is left of the buffer and of the data that was to be sent with it goes into the channel's
  /// queue.
  private void rest(ChannelHandlerContext ctx, ByteBuf head, ByteBuf data) {
    if (head.isReadable()) {
      queue(ctx);
    } else {
      release();
    }
    if (data.isReadable()) {
      ctx.write(data, ctx.voidPromise());
    } else {
      data.release();
    }
  }

  /// Sends bytes of a tunnel, for which nobody may wait. Takes ownership of a buffer that was read
  /// into.
  void tunnel(ChannelHandlerContext ctx, ByteBuf data) {
    int all = data.readableBytes();
    if (buffer == null && socket != null) {
      socket.send(data);
    }
    if (data.readableBytes() == all) {
      queue(ctx);
      ctx.write(data, ctx.voidPromise());
      return;
    }
    // What waits must not hold a buffer that is larger than itself: only its own size is counted.
    if (data.isReadable()) {
      ByteBuf rest = ctx.alloc().directBuffer(data.readableBytes()).writeBytes(data);
      ctx.write(rest, ctx.voidPromise());
    }
    loop.reads().done(data);
  }

  /// Ends a body.
  ///
  /// @return how many bytes will be sent for it
  long end(ChannelHandlerContext ctx, @Nullable MessageHead trailers) {
    if (!chunked) {
      return 0;
    }
    chunked = false;
    int size = ChunkWriter.endSize(trailers);
    ByteBuf now = buffer;
    if (now != null && size <= now.maxWritableBytes()) {
      int before = now.readableBytes();
      ChunkWriter.end(now, trailers);
      return now.readableBytes() - before;
    }
    queue(ctx);
    ByteBuf end = ctx.alloc().directBuffer(size);
    ChunkWriter.end(end, trailers);
    long bytes = end.readableBytes();
    ctx.write(end, ctx.voidPromise());
    return bytes;
  }

  /// Sends everything.
  void flush(ChannelHandlerContext ctx) {
    ByteBuf now = buffer;
    if (now != null) {
      if (socket != null) {
        socket.send(now);
      }
      if (!now.isReadable()) {
        release();
        return;
      }
      queue(ctx);
    }
    if (socket == null || !socket.idle()) {
      ctx.flush();
    }
  }

  /// Puts the buffer into the channel's queue, behind what is there.
  private void queue(ChannelHandlerContext ctx) {
    ByteBuf now = buffer;
    if (now == null) {
      return;
    }
    buffer = null;
    ctx.write(moved(now, 0), ctx.voidPromise());
  }

  /// The same bytes in a buffer that is not the loop's, and room for more.
  private ByteBuf moved(ByteBuf from, int more) {
    if (!loop.scratch().giveBack(from)) {
      return from;
    }
    return channel.alloc().directBuffer(from.readableBytes() + more).writeBytes(from);
  }

  /// Forgets what was not sent.
  void release() {
    ByteBuf now = buffer;
    buffer = null;
    if (now != null && !loop.scratch().giveBack(now)) {
      now.release();
    }
  }
}
