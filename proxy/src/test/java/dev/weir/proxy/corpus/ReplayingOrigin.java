package dev.weir.proxy.corpus;

import dev.weir.proxy.testkit.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// An origin that answers with the bytes of a case, whatever they are, and serves a sentinel behind
/// it as every origin would.
final class ReplayingOrigin implements AutoCloseable {
  private static final String SENTINEL =
      "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nX-Sentinel: yes\r\n\r\nsentinel";

  private final ServerSocket listening = new ServerSocket();
  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private volatile byte[] answer = {};
  private volatile boolean closes;

  private ReplayingOrigin() throws IOException {
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()), 1000);
    Thread.ofVirtual().start(this::accept);
  }

  static ReplayingOrigin start() throws IOException {
    return new ReplayingOrigin();
  }

  int port() {
    return listening.getLocalPort();
  }

  /// What is answered from now on to everything but the sentinel.
  void answer(Case with) {
    answer = with.send().getBytes(StandardCharsets.ISO_8859_1);
    closes = with.closes();
  }

  private void accept() {
    try {
      while (true) {
        var socket = listening.accept();
        connections.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      String head;
      while (!(head = head(socket.getInputStream())).isEmpty()) {
        if (head.startsWith("GET /sentinel")) {
          socket.getOutputStream().write(SENTINEL.getBytes(StandardCharsets.ISO_8859_1));
          continue;
        }
        socket.getOutputStream().write(answer);
        if (closes) {
          return;
        }
      }
    } catch (IOException closed) {
      return;
    }
  }

  /// The next head; empty at the end of the connection. The requests here have no bodies.
  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.append((char) next);
    }
    return head.toString();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (var socket : connections) {
      socket.close();
    }
  }
}
