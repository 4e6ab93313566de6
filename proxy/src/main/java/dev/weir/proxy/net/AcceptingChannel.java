package dev.weir.proxy.net;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.epoll.Native;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// A loop's listening TCP socket on epoll: accepts [AcceptedChannel]s, which get their options from
/// it. Several may listen on one port. Thread: its loop.
final class AcceptingChannel extends AbstractServerChannel {
  /// So many connections at a time before others have their turn.
  private static final int ACCEPTS = 16;

  /// What the native library writes an address, its scope, its port and its length into.
  private static final int LONGEST_ADDRESS = 26;

  /// Errors, of which the kernel tells in any case: without any event Netty loses its registration.
  private static final EpollIoOps PAUSED = EpollIoOps.EPOLLERR;

  private final Loop loop;
  private final int backlog;
  private final Socket socket;
  private final Options options;
  private final byte[] address = new byte[LONGEST_ADDRESS];
  private @Nullable IoRegistration registration;
  private EpollIoOps interest = PAUSED;
  private volatile boolean active;

  /// @param loop that accepts
  /// @param bind the address that it will be bound to
  AcceptingChannel(Loop loop, InetSocketAddress bind, int backlog) throws IOException {
    this.loop = loop;
    this.backlog = backlog;
    this.socket =
        bind.getAddress() instanceof Inet4Address
            ? LinuxSocket.newSocketStream(SocketProtocolFamily.INET)
            : LinuxSocket.newSocketStream();
    this.options = new Options();
    socket.setReusePort(true);
    socket.setReuseAddress(true);
    socket.setTcpNoDelay(true);
    socket.setKeepAlive(true);
  }

  /// The next connection that waits in the kernel's queue; null when none does.
  @Nullable AcceptedChannel acceptNow() throws IOException {
    int fd = socket.accept(address);
    return fd < 0
        ? null
        : new AcceptedChannel(this, fd, NativeInetAddress.address(address, 1, address[0]), loop);
  }

  @Override
  public ChannelConfig config() {
    return options;
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  protected SocketAddress localAddress0() {
    return socket.localAddress();
  }

  @Override
  protected boolean isCompatible(EventLoop eventLoop) {
    return eventLoop instanceof IoEventLoop io && io.isCompatible(Events.class);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    var registered = ((IoEventLoop) eventLoop()).register(new Events());
    IoRegistration now = registered.getNow();
    if (now == null) {
      promise.setFailure(new IOException("cannot be registered: " + this, registered.cause()));
      return;
    }
    registration = now;
    promise.setSuccess();
  }

  @Override
  protected void doDeregister() {
    IoRegistration last = registration;
    registration = null;
    if (last != null) {
      last.cancel();
    }
  }

  @Override
  protected void doBind(SocketAddress bind) throws IOException {
    socket.bind(bind);
    socket.listen(backlog);
    active = true;
  }

  @Override
  protected void doClose() throws IOException {
    active = false;
    try {
      socket.close();
    } finally {
      doDeregister();
    }
  }

  @Override
  protected void doBeginRead() {
    listenFor(EpollIoOps.EPOLLIN);
  }

  private void listenFor(EpollIoOps wanted) {
    IoRegistration now = registration;
    if (now != null && !interest.equals(wanted)) {
      interest = wanted;
      now.submit(wanted);
    }
  }

  private void accept() {
    try {
      for (int i = 0; i < ACCEPTS && options.isAutoRead(); i++) {
        AcceptedChannel next = acceptNow();
        if (next == null) {
          break;
        }
        pipeline().fireChannelRead(next);
      }
    } catch (IOException e) {
      pipeline().fireExceptionCaught(e);
    }
    pipeline().fireChannelReadComplete();
  }

  /// What the loop calls.
  private final class Events implements EpollIoHandle {
    @Override
    public FileDescriptor fd() {
      return socket;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
      if (active && (((EpollIoEvent) event).ops().value() & Native.EPOLLIN) != 0) {
        accept();
      }
    }

    /// The loop ends.
    @Override
    public void close() {
      AcceptingChannel.this.close();
    }
  }

  /// Listens while reads are automatic.
  private final class Options extends DefaultChannelConfig {
    Options() {
      super(AcceptingChannel.this);
    }

    @Override
    protected void autoReadCleared() {
      if (isRegistered()) {
        listenFor(PAUSED);
      }
    }
  }
}
