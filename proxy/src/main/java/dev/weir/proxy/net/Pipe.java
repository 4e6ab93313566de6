package dev.weir.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A pipe of the kernel, through which bytes move from one socket to another without being copied.
/// Thread: the loop whose [Pipes] lend it.
public final class Pipe {
  private static final Logger LOG = LoggerFactory.getLogger(Pipe.class);

  private final FileDescriptor out;
  private final FileDescriptor in;
  private int filled;

  /// @param out where bytes come out
  /// @param in where bytes go in
  Pipe(FileDescriptor out, FileDescriptor in) {
    this.out = out;
    this.in = in;
  }

  /// How many bytes are in it.
  public int filled() {
    return filled;
  }

  FileDescriptor out() {
    return out;
  }

  FileDescriptor in() {
    return in;
  }

  void came(int bytes) {
    filled += bytes;
  }

  void went(int bytes) {
    filled -= bytes;
  }

  /// Copies everything out of it; null when that fails.
  public @Nullable ByteBuf drain(ByteBufAllocator allocator) {
    ByteBuf all = allocator.directBuffer(filled, filled);
    try {
      while (filled > 0) {
        int at = all.writerIndex();
        int bytes = out.readAddress(all.memoryAddress(), at, at + filled);
        if (bytes <= 0) {
          break;
        }
        all.writerIndex(at + bytes);
        filled -= bytes;
      }
    } catch (IOException e) {
      LOG.debug("cannot read from a pipe", e);
    }
    if (filled == 0) {
      return all;
    }
    all.release();
    return null;
  }

  void close() {
    close(out);
    close(in);
  }

  private static void close(FileDescriptor end) {
    try {
      end.close();
    } catch (IOException e) {
      LOG.debug("cannot close a pipe", e);
    }
  }
}
