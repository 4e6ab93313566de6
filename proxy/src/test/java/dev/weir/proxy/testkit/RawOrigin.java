package dev.weir.proxy.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A server whose every byte the test writes: it accepts, the test does the talking.
public final class RawOrigin implements AutoCloseable {
  private static final int ACCEPT_MILLIS = 10_000;
  private final ServerSocket listening;
  private final List<Wire> accepted = new ArrayList<>();

  private RawOrigin(ServerSocket listening) {
    this.listening = listening;
  }

  /// Listens on a free port of 127.0.0.1.
  public static RawOrigin start() throws IOException {
    var socket = new ServerSocket();
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()));
    socket.setSoTimeout(ACCEPT_MILLIS);
    return new RawOrigin(socket);
  }

  /// The port.
  public int port() {
    return listening.getLocalPort();
  }

  /// The next connection; waits up to 10 seconds.
  public Wire accept() throws IOException {
    var wire = new Wire(listening.accept());
    accepted.add(wire);
    return wire;
  }

  /// The connections that were accepted so far.
  public List<Wire> accepted() {
    return List.copyOf(accepted);
  }

  /// Whether nobody connects for that long.
  public boolean quiet(Duration duration) throws IOException {
    listening.setSoTimeout((int) duration.toMillis());
    try {
      accept();
      return false;
    } catch (SocketTimeoutException nobody) {
      return true;
    } finally {
      listening.setSoTimeout(ACCEPT_MILLIS);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (var wire : accepted) {
      wire.close();
    }
  }
}
