package dev.weir.proxy.net;

import dev.weir.proxy.message.HeadPool;
import io.netty.channel.EventLoop;

/// One data loop: a thread that owns connections, and what they share on it. A request never leaves
/// its loop.
public final class Loop {
  private final int index;
  private final EventLoop eventLoop;
  private final Deadlines deadlines;
  private final HeadPool heads = new HeadPool();
  private final RequestIds requestIds;

  Loop(int index, EventLoop eventLoop) {
    this.index = index;
    this.eventLoop = eventLoop;
    this.deadlines = new Deadlines(eventLoop);
    this.requestIds = new RequestIds(index);
  }

  /// The loop's place among its [Loops], from 0.
  public int index() {
    return index;
  }

  /// The Netty loop behind it.
  public EventLoop eventLoop() {
    return eventLoop;
  }

  /// The loop's coarse timers. Only to be used on the loop.
  public Deadlines deadlines() {
    return deadlines;
  }

  /// Heads to use again. Only to be used on the loop.
  public HeadPool heads() {
    return heads;
  }

  /// Identifiers for requests. Only to be used on the loop.
  public RequestIds requestIds() {
    return requestIds;
  }
}
