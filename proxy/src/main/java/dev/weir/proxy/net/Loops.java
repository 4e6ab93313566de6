package dev.weir.proxy.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;

/// The data loops of a process, fixed for its life.
public final class Loops {
  private final List<Loop> all;

  /// @param group one thread for each loop
  /// @param size how many loops
  public Loops(EventLoopGroup group, int size) {
    List<Loop> loops = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      loops.add(new Loop(i, group.next()));
    }
    all = List.copyOf(loops);
  }

  /// All loops, by index.
  public List<Loop> all() {
    return all;
  }

  /// How many there are.
  public int size() {
    return all.size();
  }

  /// Frees what the loops hold. Only when their threads are gone.
  void close() {
    all.forEach(Loop::close);
  }

  /// The data loop on a Netty loop.
  ///
  /// @throws IllegalArgumentException when it is not one of ours
  public Loop of(EventLoop eventLoop) {
    for (Loop loop : all) {
      if (loop.eventLoop() == eventLoop) {
        return loop;
      }
    }
    throw new IllegalArgumentException("not a data loop: " + eventLoop);
  }
}
