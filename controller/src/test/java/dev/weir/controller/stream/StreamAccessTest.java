package dev.weir.controller.stream;

import static dev.weir.controller.stream.StreamHarness.await;
import static dev.weir.controller.stream.StreamHarness.lb;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.controller.stream.StreamMetrics.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Strangers, and peers that do not speak the protocol, with a WebSocket client that is not ours.
class StreamAccessTest {
  private static final String FLEET = "/stream/v1/fleets/edge";
  private static final String HELLO = RawPeer.HELLO;

  private StreamHarness harness;
  private StreamServer server;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    harness = new StreamHarness(directory);
    server = harness.startServer(StreamHarness.options(0, Duration.ofSeconds(10)));
    harness.source.set(lb("ns/a", "{\"secret\":1}"));
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, /stream/v1/fleets/edge, 401, NoToken",
        "Basic abc, /stream/v1/fleets/edge, 401, NoToken",
        "Bearer wrong, /stream/v1/fleets/edge, 401, BadToken",
        "Bearer web-token, /stream/v1/fleets/edge, 403, Forbidden",
        "Bearer web-token, /stream/v1/loadbalancers/web/other, 403, Forbidden",
        "Bearer web-token, /stream/v1/loadbalancers/other/shop, 403, Forbidden",
        "Bearer fleet-token, /stream/v1/loadbalancers/web/shop, 403, Forbidden",
        "Bearer fleet-token, /stream/v1/fleets/core, 403, Forbidden",
        "Bearer outage, /stream/v1/fleets/edge, 503, AuthenticationUnavailable",
        "Bearer fleet-token, /stream/v2/fleets/edge, 404, BadRequest",
        "Bearer fleet-token, /, 404, BadRequest"
      })
  void aStrangerGetsNothing(String authorization, String path, int status, Refusal counted) {
    var refused = assertThrows(CompletionException.class, () -> connect(authorization, path));
    var handshake = assertInstanceOf(WebSocketHandshakeException.class, refused.getCause());
    assertEquals(status, handshake.getResponse().statusCode());
    assertEquals(1, server.metrics().refused(counted));
    assertEquals(List.of(), harness.reports.connected);
  }

  @ParameterizedTest
  @CsvSource({
    "Bearer fleet-token, /stream/v1/fleets/edge",
    "Bearer web-token, /stream/v1/loadbalancers/web/shop"
  })
  void whoIsKnownGetsItsOwn(String authorization, String path) throws Exception {
    var peer = connect(authorization, path);
    peer.send(HELLO);
    await(
        "a commit", () -> peer.heard.stream().anyMatch(f -> f.startsWith("{\"frame\":\"commit\"")));
    assertTrue(peer.heard.getFirst().startsWith("{\"frame\":\"welcome\""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"frame\":\"pong\"}|first frame must be hello",
        "{\"frame\":\"hello\",\"proxyId\":\"raw\"}|Missing required",
        "not json|refused",
        "{\"frame\":\"ping\"}|refused"
      })
  void whoDoesNotSayHelloIsToldWhyAndClosed(String frame, String reason) throws Exception {
    var peer = connect("Bearer fleet-token", FLEET);
    peer.send(frame);
    await("refused", () -> peer.closed && peer.heard.toString().contains("\"refused\""));
    assertTrue(peer.heard.toString().contains(reason), () -> peer.heard.toString());
    assertEquals(1, server.metrics().refused(Refusal.Protocol));
  }

  @Test
  void aWrongProtocolNumberAWrongDigestAndAnAckThatIsNotOwedAreRefused() throws Exception {
    var other = connect("Bearer fleet-token", FLEET);
    other.send(HELLO.replace("\"protocol\":1", "\"protocol\":2"));
    await("refused", () -> other.heard.toString().contains("protocol 2 is not spoken"));
    var liar = connect("Bearer fleet-token", FLEET);
    liar.send(HELLO.replace("0".repeat(64), "1".repeat(64)));
    await("refused", () -> liar.heard.toString().contains("digest of hello"));
    var early = connect("Bearer fleet-token", FLEET);
    early.send(HELLO);
    early.send(
        "{\"frame\":\"ack\",\"version\":{\"lease\":\"x\",\"leaseCreated\":1,\"transitions\":1,"
            + "\"counter\":1},\"digest\":\""
            + "0".repeat(64)
            + "\",\"result\":\"Applied\",\"rejected\":[],\"applyMicros\":1}");
    await("refused", () -> early.heard.toString().contains("is not owed"));
  }

  @Test
  void anOversizedFrameEndsTheConnection() throws Exception {
    var peer = connect("Bearer fleet-token", FLEET);
    peer.send(HELLO);
    await("welcome", () -> !peer.heard.isEmpty());
    try {
      peer.send("x".repeat((4 << 20) + 1));
    } catch (CompletionException e) {
      // the server may close before all is written
    }
    await("closed", () -> peer.closed);
    await("counted", () -> server.metrics().refused(Refusal.Protocol) == 1);
    await("session gone", () -> server.sessions().isEmpty());
  }

  @Test
  void aMessageInFragmentsIsPutTogether() throws Exception {
    var peer = connect("Bearer fleet-token", FLEET);
    peer.socket.sendText(HELLO.substring(0, 20), false).join();
    peer.send(HELLO.substring(20));
    await("welcome", () -> !peer.heard.isEmpty());
  }

  @Test
  void binaryMessagesAreRefused() throws Exception {
    var peer = connect("Bearer fleet-token", FLEET);
    peer.socket.sendBinary(java.nio.ByteBuffer.wrap(new byte[] {1}), true).join();
    await("closed", () -> peer.closed);
    assertEquals(1, server.metrics().refused(Refusal.Protocol));
  }

  @Test
  void whoSaysNothingIsClosedAndTooManyOfThemAreNotLetIn() throws Exception {
    harness.stopServer();
    var options = StreamHarness.options(0);
    server =
        harness.startServer(
            new StreamServerOptions(
                options.controller(),
                options.address(),
                0,
                options.pingInterval(),
                Duration.ofMillis(700),
                options.ackDeadline(),
                options.ackTimeout(),
                4,
                options.maxSessions()));
    var silent = new CopyOnWriteArrayList<Socket>();
    // As many as it takes: on a slow machine the first ones are closed for their silence meanwhile.
    await(
        "four are closed at once",
        () -> {
          silent.add(connected());
          return server.metrics().refused(Refusal.TooManyPending) >= 4;
        });
    for (Socket socket : silent) {
      socket.setSoTimeout(10_000);
      assertEquals(-1, readQuietly(socket));
      socket.close();
    }
    await("places are free again", () -> connects());
    var quiet = connect("Bearer fleet-token", FLEET);
    await("no hello in time", () -> quiet.closed);
    assertTrue(server.metrics().refused(Refusal.HandshakeTimeout) > 0);
  }

  private Socket connected() {
    try {
      return new Socket(InetAddress.getLoopbackAddress(), server.port());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean connects() {
    try {
      connect("Bearer fleet-token", FLEET).socket.abort();
      return true;
    } catch (CompletionException e) {
      return false;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static int readQuietly(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (java.net.SocketException e) {
      return -1;
    }
  }

  @Test
  void aProxyWhoseTokenIsRefusedSaysWhyAndGetsInOnceTheFileIsRight() throws Exception {
    Files.writeString(harness.directory.resolve("token"), "wrong");
    var proxy = harness.proxy("p1");
    await("says why", () -> proxy.problem().contains("401"));
    Files.writeString(harness.directory.resolve("token"), StreamHarness.TOKEN);
    await("gets in", proxy::current);
  }

  @Test
  void aProxyTrustsNoOtherCa() throws Exception {
    var other =
        ControllerCa.of(new StreamHarness.MemoryCaStore(), java.time.InstantSource.system());
    Files.writeString(harness.directory.resolve("ca.crt"), other.certificatePem());
    var proxy = harness.proxy("p1");
    await("refuses", () -> proxy.problem().contains("connection failed"));
    assertEquals(List.of(), harness.reports.connected);
  }

  private RawPeer connect(String authorization, String path)
      throws IOException, GeneralSecurityException {
    return RawPeer.connect(harness.directory, server.port(), authorization, path);
  }
}
