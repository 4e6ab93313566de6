package dev.weir.proxy.listener;

import dev.weir.config.Addresses;
import dev.weir.config.BindConfig;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.net.SocketFile;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One bind of the process: its sockets and the connections that came through them.
///
/// ```
/// new ── open ──▶ open ── swapOn, accept ──▶ accepting ── retire ──▶ draining ──▶ gone
///          └─ fails: closed, may be opened again
/// ```
///
/// Thread: [#open], [#accept] and [#retire] on the apply thread, [#swapOn] on the loop, figures on
/// any.
public final class Listener {
  private static final int BACKLOG = 4096;
  private static final Duration LAST_ACCEPTS = Duration.ofMillis(20);
  private static final Duration SOCKETS_CLOSED = Duration.ofSeconds(1);

  private final BindConfig bind;
  private final EventLoops loops;
  private final ConnectionLimit process;
  private final ConnectionLimit own = new ConnectionLimit(0);
  private final ListenerShare[] shares;
  private final List<Acceptor> acceptors = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private final CompletableFuture<Void> gone = new CompletableFuture<>();
  private final AtomicLong acceptFailures = new AtomicLong();
  private volatile @Nullable String error = "not opened yet";
  private final ClientConnections clients = new ClientConnections();
  private volatile @Nullable SocketFile file;
  private volatile int perClient;
  private volatile boolean retired;

  /// @param process the limit that all listeners share
  public Listener(BindConfig bind, EventLoops loops, ConnectionLimit process) {
    this.bind = bind;
    this.loops = loops;
    this.process = process;
    this.shares =
        loops.data().all().stream()
            .map(loop -> new ListenerShare(this, loop))
            .toArray(ListenerShare[]::new);
  }

  /// What it listens on.
  public BindConfig bind() {
    return bind;
  }

  /// Whether the sockets are open.
  public boolean bound() {
    return error == null;
  }

  /// Why the sockets are not open; null when they are.
  public @Nullable String error() {
    return error;
  }

  /// Whether [#retire] was called.
  public boolean draining() {
    return retired;
  }

  /// Open connections on all loops.
  public int connections() {
    return own.used();
  }

  /// Opens and binds the sockets; connections wait in the kernel until [#accept]. Blocks for a
  /// moment.
  ///
  /// @param shared whether this process itself listens there already, by a bind that overlaps;
  ///   otherwise nobody may
  /// @return whether it worked; otherwise [#error] says why
  public boolean open(boolean shared) {
    return bind.unix() ? openFile() : openPort(shared);
  }

  /// Only one socket can be bound to a file: the first loop accepts for all.
  private boolean openFile() {
    try {
      SocketFile claimed = SocketFile.at(Path.of(Addresses.socketPath(bind.address())));
      ServerChannel socket = loops.transport().listen(claimed, BACKLOG);
      file = claimed;
      acceptors.add(register(loops.data().all().getFirst(), socket));
      error = null;
      return true;
    } catch (IOException e) {
      removeFile();
      error = BindAddress.socketReason(e);
      return false;
    }
  }

  /// Takes the file of a unix socket away: nobody can connect any more, whoever did is still
  /// accepted.
  void removeFile() {
    SocketFile mine = file;
    if (mine != null) {
      mine.remove();
    }
  }

  private boolean openPort(boolean shared) {
    try {
      InetSocketAddress address = BindAddress.of(bind);
      if (!shared) {
        BindAddress.probe(address);
      }
      List<Loop> accepting =
          loops.transport().acceptsOnEveryLoop()
              ? loops.data().all()
              : loops.data().all().subList(0, 1);
      for (Loop loop : accepting) {
        acceptors.add(bind(loop, address));
      }
      error = null;
      return true;
    } catch (IOException e) {
      closeSockets();
      error = BindAddress.reason(e);
      return false;
    }
  }

  /// Starts to accept. Every loop must have its settings.
  public void accept() {
    for (Acceptor acceptor : acceptors) {
      acceptor.socket().eventLoop().execute(acceptor::accept);
    }
  }

  /// Publishes a generation's settings to one loop. Thread: that loop.
  public void swapOn(int loop, ListenerSettings settings) {
    shares[loop].swap(settings.plan());
    own.limit(settings.maxConnections());
    perClient = settings.perClient();
  }

  /// Stops accepting, lets the connections finish, closes those that are left after the time.
  ///
  /// @return completes when the last connection is closed
  public CompletableFuture<Void> retire(Duration drain) {
    retired = true;
    for (Acceptor acceptor : acceptors) {
      acceptor
          .socket()
          .eventLoop()
          .schedule(acceptor::close, LAST_ACCEPTS.toMillis(), TimeUnit.MILLISECONDS);
    }
    for (ListenerShare share : shares) {
      var eventLoop = share.loop().eventLoop();
      eventLoop.execute(share::drain);
      eventLoop.schedule(share::closeAll, drain.toMillis(), TimeUnit.MILLISECONDS);
    }
    loops.control().schedule(this::checkGone, LAST_ACCEPTS.toMillis() * 2, TimeUnit.MILLISECONDS);
    return gone;
  }

  /// Counts a connection of a client, when there is a limit of them.
  ///
  /// @return false when the client has too many
  boolean admit(Channel channel, @Nullable SocketAddress who) {
    int limit = perClient;
    if (limit == 0 || !(who instanceof InetSocketAddress address)) {
      return true;
    }
    Long client = ClientConnections.client(address.getAddress());
    if (!clients.enter(client, limit)) {
      return false;
    }
    channel.closeFuture().addListener(closed -> clients.leave(client));
    return true;
  }

  /// Waits until the sockets of a retired listener are closed, which takes a moment, or for a
  /// second at most; connections live on.
  public void awaitSocketsClosed() {
    for (Acceptor acceptor : acceptors) {
      acceptor.socket().closeFuture().awaitUninterruptibly(SOCKETS_CLOSED.toMillis());
    }
  }

  int processConnections() {
    return process.used();
  }

  ByteBufAllocator allocator() {
    return loops.allocator();
  }

  @Nullable Channel acceptNow(ServerChannel socket) throws IOException {
    return loops.transport().acceptNow(socket);
  }

  boolean acquire(Runnable retry) {
    if (!own.acquire(retry)) {
      return false;
    }
    if (!process.acquire(retry)) {
      own.release();
      return false;
    }
    return true;
  }

  /// How often the kernel refused an accept, for example for want of file descriptors.
  public long acceptFailures() {
    return acceptFailures.get();
  }

  void acceptFailed() {
    acceptFailures.incrementAndGet();
  }

  void released() {
    own.release();
    process.release();
    if (retired && own.used() == 0) {
      loops.control().execute(this::checkGone);
    }
  }

  void assign(Loop acceptedOn, Channel channel) {
    if (loops.transport().acceptsOnEveryLoop() && !bind.unix()) {
      shares[acceptedOn.index()].take(channel);
    } else {
      ListenerShare target = shares[Math.floorMod(next.getAndIncrement(), shares.length)];
      target.loop().eventLoop().execute(() -> target.take(channel));
    }
  }

  private void checkGone() {
    boolean closed = acceptors.stream().noneMatch(a -> a.socket().isOpen());
    if (closed && own.used() == 0) {
      gone.complete(null);
    } else if (!closed) {
      loops.control().schedule(this::checkGone, LAST_ACCEPTS.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private Acceptor bind(Loop loop, InetSocketAddress address) throws IOException {
    ServerChannel socket = loops.transport().newServerChannel(loop, address, BACKLOG);
    Acceptor acceptor = register(loop, socket);
    succeed(socket, socket.bind(address));
    return acceptor;
  }

  private Acceptor register(Loop loop, ServerChannel socket) throws IOException {
    socket.config().setAutoRead(false);
    socket.config().setAllocator(loops.allocator());
    var acceptor = new Acceptor(this, loop, socket);
    socket.pipeline().addLast(acceptor);
    succeed(socket, loop.eventLoop().register(socket));
    return acceptor;
  }

  private static void succeed(ServerChannel socket, ChannelFuture step) throws IOException {
    if (!step.awaitUninterruptibly().isSuccess()) {
      socket.close();
      throw new IOException(step.cause().getMessage(), step.cause());
    }
  }

  private void closeSockets() {
    for (Acceptor acceptor : acceptors) {
      acceptor.socket().close().awaitUninterruptibly();
    }
    acceptors.clear();
  }
}
