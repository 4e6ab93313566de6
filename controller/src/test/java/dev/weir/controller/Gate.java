package dev.weir.controller;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// A TCP relay that tests put before a server, to take it away: or before several, each new
/// connection going to the next that answers, as a Service does it.
final class Gate implements AutoCloseable {
  private static final int CONNECT_MILLIS = 1000;

  private final ServerSocket listening;
  private final List<InetSocketAddress> targets;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger turn = new AtomicInteger();
  private final Set<Socket> lost = ConcurrentHashMap.newKeySet();
  private volatile boolean refusing;
  private volatile boolean silent;

  Gate(InetSocketAddress... targets) throws IOException {
    this.targets = new CopyOnWriteArrayList<>(targets);
    listening = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("gate").start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  void add(int port) {
    targets.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /// Ends all connections and refuses new ones.
  void shut() {
    refusing = true;
    cut();
  }

  /// Lets connections through again.
  void open() {
    refusing = false;
    silent = false;
  }

  /// Keeps connections and passes nothing on, as a network that loses everything; what is sent
  /// meanwhile is lost.
  void silence() {
    silent = true;
  }

  /// From now on nothing passes on the connections that there are, and neither end is told; new
  /// ones are as ever.
  void lose() {
    lost.addAll(open);
  }

  /// Ends all connections.
  void cut() {
    open.forEach(Gate::end);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        if (refusing) {
          end(client);
        } else {
          Thread.ofVirtual().name("gate-connection").start(() -> connect(client));
        }
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    open.add(client);
    for (int i = 0; i < targets.size(); i++) {
      Socket server = new Socket();
      try {
        server.connect(
            targets.get(Math.floorMod(turn.getAndIncrement(), targets.size())), CONNECT_MILLIS);
      } catch (IOException unreachable) {
        end(server);
        continue;
      }
      open.add(server);
      if (refusing) {
        end(server);
        break;
      }
      Thread.ofVirtual().name("gate-up").start(() -> copy(client, server));
      copy(server, client);
      return;
    }
    end(client);
    open.remove(client);
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (!silent && !lost.contains(from)) {
          out.write(buffer, 0, read);
        }
      }
    } catch (IOException ended) {
      // one of the two is gone: so is the other
    } finally {
      end(from);
      end(to);
      for (Socket socket : List.of(from, to)) {
        open.remove(socket);
        lost.remove(socket);
      }
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException gone) {
      // it is closed all the same
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cut();
  }
}
