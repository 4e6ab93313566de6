package dev.weir.proxy.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// A WebSocket server behind a proxy behaves as it does without one, whatever its client does: the
/// same bytes come back, and the connection ends in the same way.
class WebSocketCasesTest {
  private static final int ENOUGH = 250;

  /// Close code 1007.
  private static final String INVALID_DATA = "\u0003\u00ef";

  private static final String ASK =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  @TempDir private Path directory;

  @Test
  void everyCaseHasTheSameVerdictAsWithoutAProxy() throws Exception {
    int port = Ports.free();
    Path file = directory.resolve("weir.yaml");
    try (var server = new EchoServer()) {
      Files.writeString(
          file,
          """
          apiVersion: weir.dev/v1alpha1
          kind: LoadBalancer
          metadata: {name: ws}
          spec:
            listeners: [{name: http, port: %d, address: 127.0.0.1, accessLog: {format: None}}]
            pools:
              - name: ws
                endpoints: [{address: 127.0.0.1, port: %d}]
                health: {enabled: false}
          """
              .formatted(port, server.port()));
      try (var proxy = ProxyProcess.config(file).start()) {
        assertTrue(proxy.alive());
        List<Executable> checks = new ArrayList<>();
        for (Cases.Case one : Cases.all()) {
          String direct = talk(server.port(), one);
          String through = talk(port, one);
          checks.add(() -> assertEquals(direct, through, one::name));
          if (one.name().startsWith("6 invalid")) {
            checks.add(() -> assertTrue(direct.contains(INVALID_DATA), "strict: " + one.name()));
          }
        }
        assertTrue(checks.size() >= ENOUGH, () -> checks.size() + " cases");
        assertAll(checks);
      }
    }
  }

  /// Sends what the case says, then an orderly close, and returns everything that comes back until
  /// the connection ends, as text.
  private static String talk(int port, Cases.Case one) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(ASK.getBytes(ISO_8859_1));
      InputStream in = socket.getInputStream();
      assertTrue(head(in).startsWith("HTTP/1.1 101 "), one::name);
      try {
        for (byte[] write : one.writes()) {
          socket.getOutputStream().write(write);
        }
        socket.getOutputStream().write(Cases.frame(Cases.CLOSE, new byte[] {0x03, (byte) 0xe8}));
      } catch (IOException closed) {
        // The server had enough before everything was said: what it said is what counts.
      }
      return rest(in);
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return head.toString();
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /// A reset counts as an end: whether there is one depends on what was still under way.
  private static String rest(InputStream in) {
    var all = new ByteArrayOutputStream();
    var part = new byte[8192];
    try {
      int count;
      while ((count = in.read(part)) >= 0) {
        all.write(part, 0, count);
      }
    } catch (IOException reset) {
      if (!String.valueOf(reset.getMessage()).contains("reset")) {
        return "no end: " + reset.getMessage();
      }
    }
    return all.toString(ISO_8859_1);
  }
}
