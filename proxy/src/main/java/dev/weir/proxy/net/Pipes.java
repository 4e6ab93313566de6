package dev.weir.proxy.net;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pipes of a loop, lent to connections that move much: only while something is in a pipe does
/// it belong to one of them. Thread: the loop.
///
/// At most [#MOST] exist at a time, each with two file descriptors and up to 16 pages or segments
/// of the kernel's; who finds none copies instead.
public final class Pipes {
  static final int MOST = 256;
  private static final int SPARE = 8;
  private static final Logger LOG = LoggerFactory.getLogger(Pipes.class);

  private final Maker maker;
  private final Deque<Pipe> spare = new ArrayDeque<>(SPARE);
  private int lent;
  private boolean unusable;

  Pipes() {
    this(FileDescriptor::pipe);
  }

  Pipes(Maker maker) {
    this.maker = maker;
  }

  /// How pipes are made: the end where bytes come out, then the one where they go in.
  interface Maker {
    FileDescriptor[] make() throws IOException;
  }

  /// Whether it makes sense to ask for one.
  public boolean usable() {
    return !unusable;
  }

  /// An empty pipe; null when there is none to be had now.
  public @Nullable Pipe borrow() {
    if (unusable || lent == MOST) {
      return null;
    }
    Pipe pipe = spare.poll();
    if (pipe == null) {
      try {
        FileDescriptor[] ends = maker.make();
        pipe = new Pipe(ends[0], ends[1]);
      } catch (IOException e) {
        LOG.debug("no pipe: bytes are copied", e);
        return null;
      }
    }
    lent++;
    return pipe;
  }

  /// Takes a pipe back, with whatever is in it.
  public void giveBack(Pipe pipe) {
    lent--;
    if (pipe.filled() == 0 && spare.size() < SPARE && !unusable) {
      spare.push(pipe);
    } else {
      pipe.close();
    }
  }

  /// Says that the kernel does not move bytes between these sockets and pipes.
  void refused(IOException why) {
    if (!unusable) {
      unusable = true;
      LOG.warn("splice(2) cannot be used here, bytes are copied: {}", why.getMessage());
    }
  }

  void close() {
    spare.forEach(Pipe::close);
    spare.clear();
  }
}
