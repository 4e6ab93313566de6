package dev.weir.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.AbstractEpollStreamChannel;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The socket of a channel that was taken off its event loop: read and written by system calls of
/// its owner's choice. epoll only. Thread: the loop.
///
/// It is registered once, edge-triggered: the kernel says when the socket becomes readable or
/// writable, and [#readable] and [#writable] stay true until a call would have blocked. The channel
/// still owns the socket: closing is done there, and [#detach] afterwards.
public final class RawSocket {
  /// The most that one call moves: more than any pipe holds.
  private static final int LARGEST_SPLICE = 1 << 20;

  /// EPERM, EINVAL, ENOSYS: forbidden, not for this kind of socket, not there.
  private static final Set<Integer> NOT_POSSIBLE = Set.of(-1, -22, -38);

  private final Socket socket;
  private final Pipes pipes;
  private final Owner owner;
  private @Nullable IoRegistration registration;
  private boolean readable;
  private boolean writable = true;
  private boolean peerDone;

  /// Who uses a socket.
  public interface Owner {
    /// The socket became readable or writable.
    void ready(RawSocket socket);

    /// The connection is broken.
    void failed(RawSocket socket);

    /// The loop ends.
    void stopped();
  }

  /// What became of a call.
  public enum Result {
    /// Bytes were moved.
    MOVED,
    /// There was nothing to read, or no room to write.
    BLOCKED,
    /// The peer sends nothing more.
    ENDED,
    /// The connection is broken.
    BROKEN,
    /// The kernel cannot do that with this socket; nothing was moved.
    IMPOSSIBLE
  }

  private RawSocket(Socket socket, Pipes pipes, Owner owner) {
    this.socket = socket;
    this.pipes = pipes;
    this.owner = owner;
  }

  /// Whether [#attach] can work for the channel.
  public static boolean possible(Channel channel) {
    return of(channel) != null;
  }

  /// The socket of a channel on epoll; null for another one.
  static @Nullable Socket of(Channel channel) {
    if (channel instanceof AcceptedChannel accepted) {
      return accepted.socket();
    }
    return channel instanceof AbstractEpollStreamChannel epoll && epoll.fd() instanceof Socket fd
        ? fd
        : null;
  }

  /// Takes over the socket of a channel that has just been deregistered.
  public static RawSocket attach(Channel channel, Loop loop, Owner owner) {
    Socket socket = of(channel);
    if (socket == null) {
      throw new IllegalArgumentException("not a socket of epoll: " + channel);
    }
    var raw = new RawSocket(socket, loop.pipes(), owner);
    var registered = ((IoEventLoop) loop.eventLoop()).register(raw.new Handle());
    IoRegistration registration = registered.getNow();
    if (registration == null) {
      throw new IllegalStateException("cannot be registered: " + channel, registered.cause());
    }
    raw.registration = registration;
    registration.submit(Handle.EVERYTHING);
    return raw;
  }

  /// Hears no more of the socket. To be called once its channel is closed.
  public void detach() {
    IoRegistration last = registration;
    registration = null;
    if (last != null) {
      last.cancel();
    }
  }

  /// Whether a read may find something.
  public boolean readable() {
    return readable;
  }

  /// Whether a write may find room.
  public boolean writable() {
    return writable;
  }

  /// Reads into the free part of the buffer.
  public Result receive(ByteBuf buffer) {
    try {
      int room = buffer.writableBytes();
      int end = buffer.writerIndex() + room;
      int bytes = socket.recvAddress(buffer.memoryAddress(), buffer.writerIndex(), end);
      if (bytes > 0) {
        buffer.writerIndex(buffer.writerIndex() + bytes);
        readable = bytes == room || peerDone;
        return Result.MOVED;
      }
      readable = false;
      return bytes < 0 ? Result.ENDED : Result.BLOCKED;
    } catch (IOException | NotYetConnectedException e) {
      readable = false;
      return Result.BROKEN;
    }
  }

  /// Writes what is in the buffer, or some of it.
  public Result send(ByteBuf buffer) {
    try {
      int bytes =
          socket.sendAddress(buffer.memoryAddress(), buffer.readerIndex(), buffer.writerIndex());
      buffer.skipBytes(bytes);
      writable = !buffer.isReadable();
      return bytes > 0 ? Result.MOVED : Result.BLOCKED;
    } catch (IOException | NotYetConnectedException e) {
      return Result.BROKEN;
    }
  }

  /// Moves what can be read now into an empty pipe.
  public Result receive(Pipe pipe) {
    try {
      int from = socket.intValue();
      int bytes = Native.splice(from, -1, pipe.in().intValue(), -1, LARGEST_SPLICE);
      if (bytes > 0) {
        pipe.came(bytes);
        return Result.MOVED;
      }
      if (peerDone) {
        // The end looks the same as nothing: a plain read tells.
        return Result.IMPOSSIBLE;
      }
      readable = false;
      return Result.BLOCKED;
    } catch (IOException | NotYetConnectedException e) {
      return failed(e);
    }
  }

  /// Moves what is in a pipe out to the socket, or some of it.
  public Result send(Pipe pipe) {
    try {
      int bytes = Native.splice(pipe.out().intValue(), -1, socket.intValue(), -1, pipe.filled());
      pipe.went(bytes);
      writable = bytes > 0;
      return bytes > 0 ? Result.MOVED : Result.BLOCKED;
    } catch (IOException | NotYetConnectedException e) {
      return failed(e);
    }
  }

  private Result failed(Exception e) {
    if (e instanceof Errors.NativeIoException error && NOT_POSSIBLE.contains(error.expectedErr())) {
      pipes.refused(error);
      return Result.IMPOSSIBLE;
    }
    return Result.BROKEN;
  }

  private void on(int events) {
    boolean failed = (events & Native.EPOLLERR) != 0;
    peerDone |= failed || (events & Native.EPOLLRDHUP) != 0;
    readable |= failed || (events & (Native.EPOLLIN | Native.EPOLLRDHUP)) != 0;
    writable |= failed || (events & Native.EPOLLOUT) != 0;
    if (failed) {
      owner.failed(this);
    } else {
      owner.ready(this);
    }
  }

  /// What Netty's loop knows of the socket.
  private final class Handle implements EpollIoHandle {
    static final EpollIoOps EVERYTHING =
        EpollIoOps.valueOf(Native.EPOLLIN | Native.EPOLLOUT | Native.EPOLLRDHUP | Native.EPOLLET);

    @Override
    public FileDescriptor fd() {
      return socket;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
      if (registration != null) {
        on(((EpollIoEvent) event).ops().value());
      }
    }

    @Override
    public void close() {
      owner.stopped();
    }
  }
}
