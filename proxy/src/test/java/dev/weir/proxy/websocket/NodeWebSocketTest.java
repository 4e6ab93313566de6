package dev.weir.proxy.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.proxy.testkit.Needs;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The WebSocket that JavaScript knows, Node's, through the proxy.
class NodeWebSocketTest {
  private static final String SCRIPT =
      """
      const socket = new WebSocket(process.argv[1]);
      socket.binaryType = 'arraybuffer';
      const seen = [];
      socket.onopen = () => { socket.send('grüße'); socket.send('x'.repeat(100000)); socket.send(new Uint8Array([0, 255])); };
      socket.onmessage = ({data}) => {
        seen.push(typeof data === 'string' ? data.length + data[0] : [...new Uint8Array(data)].join());
        if (seen.length === 3) socket.close(1000, 'done');
      };
      socket.onclose = ({code, wasClean}) => console.log(seen.join(' '), code, wasClean);
      socket.onerror = () => { console.log('error'); process.exit(1); };
      """;

  @TempDir private Path directory;

  @Test
  void messagesGoBothWaysAndTheEndIsClean() throws Exception {
    Needs.that(webSocket(), "no node with a WebSocket: apt-get install nodejs, 20.10 or later");
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
            listeners: [{name: http, port: %d, address: 127.0.0.1}]
            pools:
              - name: ws
                endpoints: [{address: 127.0.0.1, port: %d}]
                health: {enabled: false}
          """
              .formatted(port, server.port()));
      try (var proxy = ProxyProcess.config(file).start()) {
        assertTrue(proxy.alive());
        assertEquals(
            "5g 100000x 0,255 1000 true\n", node(SCRIPT, "ws://127.0.0.1:" + port + "/chat"));
      }
    }
  }

  private static boolean webSocket() throws InterruptedException {
    try {
      return node("console.log(typeof WebSocket)").equals("function\n");
    } catch (IOException missing) {
      return false;
    }
  }

  private static String node(String script, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.addAll(List.of("node", "--experimental-websocket", "-e", script));
    command.addAll(List.of(arguments));
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "node ends");
    return output;
  }
}
