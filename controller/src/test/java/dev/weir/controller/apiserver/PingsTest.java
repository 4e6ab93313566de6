package dev.weir.controller.apiserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Await;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Whom pings call lost, question by question.
class PingsTest {

  @Test
  void whoAnswersIsKeptHoweverLongAndWhoDoesNotAnswerThreeTimesIsLost() throws Exception {
    var listener = new Failures();
    try (var server = new Answering();
        var client = HttpClient.newHttpClient();
        var pings = new Pings(Duration.ofHours(1))) {
      Pings.Pinging pinging = pings.before(listener);
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/"), pinging)
              .get(10, TimeUnit.SECONDS);
      for (int i = 1; i <= 2 * Pings.QUESTIONS; i++) {
        pinging.ask(socket);
        Await.until("an answer", () -> pinging.unanswered() == 0);
        assertEquals(i, server.asked.get());
      }
      server.silent = true;
      for (int i = 0; i < Pings.QUESTIONS; i++) {
        pinging.ask(socket);
      }
      Await.until("all questions", () -> server.asked.get() == 3 * Pings.QUESTIONS);
      assertNull(listener.failure);
      assertEquals(0, pings.lost());
      pinging.ask(socket);
      assertInstanceOf(HttpTimeoutException.class, listener.failure);
      assertEquals(1, pings.lost());
      assertTrue(socket.isInputClosed() && socket.isOutputClosed());
      pinging.ask(socket);
      assertEquals(1, pings.lost());
    }
  }

  private static final class Failures implements WebSocket.Listener {
    volatile @Nullable Throwable failure;

    @Override
    public void onError(WebSocket socket, Throwable error) {
      failure = error;
    }
  }

  /// A WebSocket server of one connection, which only answers pings.
  private static final class Answering implements AutoCloseable {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int EMPTY_MASKED_FRAME = 6;

    final AtomicInteger asked = new AtomicInteger();
    volatile boolean silent;
    private final ServerSocket listening;

    Answering() throws IOException {
      listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().name("answering").start(this::serve);
    }

    int port() {
      return listening.getLocalPort();
    }

    private void serve() {
      try (Socket socket = listening.accept();
          var in = new BufferedInputStream(socket.getInputStream())) {
        String key = key(in);
        socket
            .getOutputStream()
            .write(
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: "
                        + key
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        while (in.readNBytes(EMPTY_MASKED_FRAME).length == EMPTY_MASKED_FRAME) {
          asked.incrementAndGet();
          if (!silent) {
            socket.getOutputStream().write(new byte[] {(byte) 0x8A, 0});
          }
        }
      } catch (IOException | GeneralSecurityException ended) {
        return;
      }
    }

    private static String key(InputStream in) throws IOException, GeneralSecurityException {
      String accepted = "";
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        if (line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:")) {
          byte[] asked =
              (line.substring(line.indexOf(':') + 1).strip() + GUID)
                  .getBytes(StandardCharsets.US_ASCII);
          accepted =
              Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(asked));
        }
      }
      return accepted;
    }

    private static String line(InputStream in) throws IOException {
      var line = new StringBuilder();
      for (int read = in.read(); read >= 0 && read != '\n'; read = in.read()) {
        line.append((char) read);
      }
      return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }
}
