package dev.weir.bench.control;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/// Asks one port again and again over one kept connection, a millisecond after each answer: what it
/// measures may be late by that much, and the machine is not busy with being asked. Not
/// thread-safe.
final class Poller implements AutoCloseable {
  private static final long PATIENCE_NANOS = 30_000_000_000L;
  private static final long PAUSE_NANOS = 1_000_000;

  private final int port;
  private final byte[] request;
  private Socket socket;
  private InputStream in;

  Poller(int port) throws IOException {
    this.port = port;
    request = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    socket = new Socket();
    in = InputStream.nullInputStream();
  }

  /// Asks until an answer, head or body, contains the word.
  ///
  /// @return when it came, as [System#nanoTime]
  long until(String word) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    String last = "nothing";
    while (System.nanoTime() < deadline) {
      try {
        last = ask();
        if (last.contains(word)) {
          return System.nanoTime();
        }
      } catch (IOException e) {
        last = e.toString();
        socket.close();
        Thread.sleep(5);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new IOException("no answer with " + word + " in 30 s; the last was " + last);
  }

  private String ask() throws IOException {
    if (!socket.isConnected() || socket.isClosed()) {
      socket = new Socket("127.0.0.1", port);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
    }
    socket.getOutputStream().write(request);
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("closed");
      }
      head.append((char) b);
    }
    String text = head.toString();
    int length = text.toLowerCase(Locale.ROOT).indexOf("content-length: ");
    int size =
        length < 0
            ? 0
            : Integer.parseInt(text.substring(length + 16, text.indexOf('\r', length)).strip());
    return text + new String(in.readNBytes(size), StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
