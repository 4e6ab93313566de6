package dev.weir.proxy.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Joins a TCP port and a unix socket, so that clients and servers of TCP can be used on either
/// side of a proxy that speaks over unix sockets. Ends are passed on one by one.
///
/// Two virtual threads per connection.
public final class UnixBridge implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;
  private final ServerSocketChannel listening;
  private final SocketAddress target;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final Thread accepting;

  private UnixBridge(ServerSocketChannel listening, SocketAddress target) {
    this.listening = listening;
    this.target = target;
    accepting = Thread.ofVirtual().name("unix-bridge").start(this::run);
  }

  /// From a port of its own to the socket: for clients.
  public static UnixBridge to(Path socket) throws IOException {
    var listening = ServerSocketChannel.open();
    listening.bind(loopback(0), 1024);
    return new UnixBridge(listening, UnixDomainSocketAddress.of(socket));
  }

  /// From the socket, which it makes, to a port: for servers.
  public static UnixBridge from(Path socket, int port) throws IOException {
    Files.deleteIfExists(socket);
    var listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket), 1024);
    return new UnixBridge(listening, loopback(port));
  }

  /// The port of [#to].
  public int port() throws IOException {
    return ((InetSocketAddress) listening.getLocalAddress()).getPort();
  }

  /// Connections that are open, both ends counted.
  public int open() {
    return open.size();
  }

  /// Dies as a killed process does: the file stays and nobody listens.
  @Override
  public void close() throws IOException {
    listening.close();
    try {
      // A virtual thread in accept keeps the socket open until it has had its turn.
      accepting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (var channel : open) {
      channel.close();
    }
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private void run() {
    while (listening.isOpen()) {
      try {
        var near = listening.accept();
        open.add(near);
        Thread.ofVirtual().name("unix-bridge").start(() -> join(near));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void join(SocketChannel near) {
    try (near;
        var far = SocketChannel.open(target)) {
      open.add(far);
      var back = Thread.ofVirtual().name("unix-bridge").start(() -> copy(far, near));
      copy(near, far);
      back.join();
      open.remove(far);
    } catch (IOException e) {
      // The near end sees that it is closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(near);
    }
  }

  /// What comes from one goes to the other, the end of it too; when one is broken both are closed.
  private static void copy(SocketChannel from, SocketChannel to) {
    try {
      var buffer = ByteBuffer.allocateDirect(CHUNK);
      while (from.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
      }
      to.shutdownOutput();
    } catch (IOException e) {
      close(from);
      close(to);
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
