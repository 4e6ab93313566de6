package dev.weir.proxy.tcp;

import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.Pipe;
import dev.weir.proxy.net.RawSocket;
import dev.weir.proxy.net.RawSocket.Result;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// One direction of a [Bulk]: what one end sends on its way to the other, in a pipe while much
/// comes at a time, copied while little does. Thread: the relay's loop.
final class Flow {
  /// How much is moved before other connections of the loop get their turn.
  private static final int TURN = 1 << 20;

  private static final int LARGE = 16 * 1024;
  private static final int STREAK = 4;

  private final Side source;
  private final Side sink;
  private final RawSocket from;
  private final RawSocket to;
  private final Loop loop;
  private final ByteBufAllocator allocator;

  @SuppressWarnings("deprecation") // Netty's name of what its transports ask for
  private final RecvByteBufAllocator.Handle sizes;

  private @Nullable ByteBuf held;
  private @Nullable Pipe pipe;
  private boolean finished;
  private boolean splicing = true;
  private int streak;
  private long moved;

  Flow(
      Side source, Side sink, RawSocket from, RawSocket to, Loop loop, ByteBufAllocator allocator) {
    this.source = source;
    this.sink = sink;
    this.from = from;
    this.to = to;
    this.loop = loop;
    this.allocator = allocator;
    this.sizes = loop.reads().newHandle();
    this.held = sink.unsent();
    this.finished = sink.outputShut();
  }

  /// Bytes that were read so far.
  long moved() {
    return moved;
  }

  /// Bytes that were read and not written yet.
  long pending() {
    return (held == null ? 0 : held.readableBytes()) + (pipe == null ? 0 : pipe.filled());
  }

  /// Whether everything was written and the end passed on.
  boolean finished() {
    return finished;
  }

  Side source() {
    return source;
  }

  Side sink() {
    return sink;
  }

  RawSocket from() {
    return from;
  }

  /// Nothing more can be written: what is left is dropped.
  void abandon() {
    finished = true;
    release();
  }

  /// Moves what can be moved now.
  ///
  /// @return MOVED when there may be more, which others should not wait for; ENDED when everything
  ///   is out; BROKEN: see [#sinkFailed]
  Result pump() {
    long enough = moved + TURN;
    Result result = Result.MOVED;
    while (result == Result.MOVED && moved < enough) {
      result = step();
    }
    return result;
  }

  /// Whether it was the sink that broke.
  boolean sinkFailed() {
    return pending() > 0;
  }

  private Result step() {
    ByteBuf waiting = held;
    if (waiting != null) {
      return sendHeld(waiting);
    }
    Pipe full = pipe;
    if (full != null) {
      return sendPipe(full);
    }
    if (source.inputShut()) {
      return Result.ENDED;
    }
    if (!from.readable()) {
      return Result.BLOCKED;
    }
    Pipe empty = splicing ? loop.pipes().borrow() : null;
    if (empty == null) {
      return copy();
    }
    Result result = from.receive(empty);
    if (empty.filled() == 0) {
      loop.pipes().giveBack(empty);
      return result == Result.IMPOSSIBLE ? copy() : result;
    }
    pipe = empty;
    read(empty.filled());
    return Result.MOVED;
  }

  private Result copy() {
    ByteBuf buffer = sizes.allocate(allocator);
    Result result = from.receive(buffer);
    int bytes = buffer.readableBytes();
    if (bytes == 0) {
      loop.reads().done(buffer);
      if (result == Result.ENDED) {
        source.inputIsShut();
      }
      return result;
    }
    sizes.lastBytesRead(bytes);
    held = buffer;
    read(bytes);
    return Result.MOVED;
  }

  /// Counts, and changes to the pipe or away from it after a streak of reads that speak for it.
  private void read(int bytes) {
    moved += bytes;
    boolean large = bytes >= LARGE;
    streak = large == splicing ? 0 : streak + 1;
    if (streak == STREAK) {
      splicing = large;
      streak = 0;
    }
  }

  private Result sendHeld(ByteBuf waiting) {
    if (!to.writable()) {
      return Result.BLOCKED;
    }
    Result result = to.send(waiting);
    if (!waiting.isReadable()) {
      held = null;
      loop.reads().done(waiting);
    }
    return result;
  }

  private Result sendPipe(Pipe full) {
    if (!to.writable()) {
      return Result.BLOCKED;
    }
    Result result = to.send(full);
    if (full.filled() == 0) {
      pipe = null;
      loop.pipes().giveBack(full);
    } else if (result == Result.IMPOSSIBLE) {
      held = full.drain(allocator);
      pipe = null;
      loop.pipes().giveBack(full);
      return held == null ? Result.BROKEN : Result.MOVED;
    }
    return result;
  }

  /// Lets go of everything.
  void release() {
    ByteBuf waiting = held;
    held = null;
    if (waiting != null) {
      waiting.release();
    }
    Pipe full = pipe;
    pipe = null;
    if (full != null) {
      loop.pipes().giveBack(full);
    }
  }

  /// Passes the end on.
  void finish() {
    finished = true;
    sink.shutdownOutput();
  }
}
