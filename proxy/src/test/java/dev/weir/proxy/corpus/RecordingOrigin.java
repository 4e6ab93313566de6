package dev.weir.proxy.corpus;

import dev.weir.proxy.testkit.Ports;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// An origin that keeps every byte that reaches it, and answers every complete request with 204.
final class RecordingOrigin implements AutoCloseable {
  private static final byte[] ANSWER = bytes("HTTP/1.1 204 No Content\r\n\r\n");
  private static final byte[] CONTINUE = bytes("HTTP/1.1 100 Continue\r\n\r\n");

  private final ServerSocket listening = new ServerSocket();
  private final List<Message> messages = new ArrayList<>();
  private final List<Connection> connections = new CopyOnWriteArrayList<>();

  private RecordingOrigin() throws IOException {
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()), 1000);
    Thread.ofVirtual().start(this::accept);
  }

  static RecordingOrigin start() throws IOException {
    return new RecordingOrigin();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        var connection = new Connection(listening.accept());
        connections.add(connection);
        Thread.ofVirtual().start(connection::serve);
      }
    } catch (IOException closed) {
      return;
    }
  }

  /// The requests that came since the last call, in order.
  List<Message> take() {
    synchronized (messages) {
      var taken = List.copyOf(messages);
      messages.clear();
      return taken;
    }
  }

  /// What came on each connection since the last call, for those on which something came.
  List<byte[]> takeBytes() {
    var all = new ArrayList<byte[]>();
    for (var connection : connections) {
      byte[] bytes = connection.takeBytes();
      if (bytes.length > 0) {
        all.add(bytes);
      }
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (var connection : connections) {
      connection.socket.close();
    }
  }

  /// One connection and what came on it.
  private final class Connection {
    private final Socket socket;
    private final NettyReader reader = NettyReader.requests();
    private final ByteArrayOutputStream recorded = new ByteArrayOutputStream();
    private boolean continued;

    Connection(Socket socket) {
      this.socket = socket;
    }

    void serve() {
      try (socket;
          reader) {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = socket.getInputStream().read(buffer)) > 0) {
          int complete = read(buffer, count);
          for (int i = 0; i < complete; i++) {
            socket.getOutputStream().write(ANSWER);
          }
          if (!continued && waits()) {
            continued = true;
            socket.getOutputStream().write(CONTINUE);
          }
        }
      } catch (IOException closed) {
        return;
      }
    }

    private boolean waits() {
      HttpMessage open = reader.open();
      return open != null && open.headers().contains(HttpHeaderNames.EXPECT);
    }

    private synchronized int read(byte[] buffer, int count) throws IOException {
      recorded.write(buffer, 0, count);
      List<Message> complete = reader.read(buffer, count);
      synchronized (messages) {
        messages.addAll(complete);
      }
      if (!complete.isEmpty()) {
        continued = false;
      }
      return complete.size();
    }

    synchronized byte[] takeBytes() {
      byte[] taken = recorded.toByteArray();
      recorded.reset();
      return taken;
    }
  }
}
