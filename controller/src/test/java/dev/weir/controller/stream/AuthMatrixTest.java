package dev.weir.controller.stream;

import static dev.weir.controller.stream.StreamHarness.await;
import static dev.weir.controller.stream.StreamHarness.lb;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.controller.stream.StreamMetrics.Refusal;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Every endpoint of the stream's port, and every frame, against everybody who must not have it:
/// refused, logged, counted, and told nothing. Tokens are reviewed by an API server that answers as
/// a real one does.
class AuthMatrixTest {
  private static final String SECRET = "secret-of-the-fleet";
  private static final String FLEET = "/stream/v1/fleets/edge";
  private static final String OWN = "/stream/v1/loadbalancers/web/shop";
  private static final String RELAY = StreamServer.REPLICA_PATH;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(RefusalLog.class);
  private HttpServer apiServer;
  private KubernetesClient client;
  private StreamHarness harness;
  private StreamServer server;
  private ControllerCa ca;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    apiServer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    apiServer.createContext(
        "/apis/authentication.k8s.io/v1/tokenreviews",
        exchange -> {
          String asked = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          byte[] body =
              ("{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"status\":"
                      + review(asked)
                      + "}")
                  .getBytes(UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(201, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    apiServer.start();
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("http://127.0.0.1:" + apiServer.getAddress().getPort())
            .build();
    client = new KubernetesClientBuilder().withConfig(config).build();
    harness = new StreamHarness(directory);
    harness.authenticator =
        new CachingAuthenticator(new TokenReviewAuthenticator(client), InstantSource.system());
    server = harness.startServer();
    ca = ControllerCa.of(harness.caStore, InstantSource.system());
    harness.source.set(lb("ns/a", "{\"secret\":\"" + SECRET + "\"}"));
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void close() throws Exception {
    logger.detachAppender(log);
    harness.close();
    client.close();
    apiServer.stop(0);
  }

  /// A real one calls a token of another audience, of a deleted pod or an expired one not valid.
  private static String review(String asked) {
    String user = "{\"username\":\"system:serviceaccount:%s\",\"extra\":{%s}}";
    String pod = "\"authentication.kubernetes.io/pod-name\":[\"edge-1\"]";
    String known = "{\"authenticated\":true,\"audiences\":[\"weir-controller\"],\"user\":%s}";
    if (asked.contains("\"fleet-token\"")) {
      return known.formatted(user.formatted("weir:edge-fleet-weir", ""));
    }
    if (asked.contains("\"pod-token\"")) {
      return known.formatted(user.formatted("weir:edge-fleet-weir", pod));
    }
    if (asked.contains("\"other-token\"")) {
      return known.formatted(user.formatted("web:other-weir", ""));
    }
    if (asked.contains("\"person\"")) {
      return known.formatted("{\"username\":\"alice\"}");
    }
    return "{\"authenticated\":false,\"error\":\"token has expired or is for somebody else\"}";
  }

  @ParameterizedTest
  @CsvSource({
    // no token, or what is none
    "none, 401, NoToken",
    "Basic abc, 401, NoToken",
    "Bearer garbage, 401, BadToken",
    "Bearer wrong-audience, 401, BadToken",
    "Bearer expired, 401, BadToken",
    "Bearer person, 401, BadToken",
    "Bearer other-token, 403, Forbidden"
  })
  void noEndpointGivesAnythingToSomebodyElse(String authorization, int status, Refusal counted)
      throws Exception {
    for (String path : List.of(FLEET, OWN)) {
      refuse(authorization.equals("none") ? null : authorization, path, null, status, counted);
    }
    // Whatever the token is, replicas have a certificate.
    refuse(authorization, RELAY, null, 403, Refusal.Forbidden);
  }

  @Test
  void aGoodTokenOpensItsOwnPathAlone() throws Exception {
    refuse("Bearer fleet-token", OWN, null, 403, Refusal.Forbidden);
    refuse("Bearer fleet-token", "/stream/v1/fleets/core", null, 403, Refusal.Forbidden);
    refuse("Bearer fleet-token", RELAY, null, 403, Refusal.Forbidden);
    refuse("Bearer fleet-token", "/", null, 404, Refusal.BadRequest);
    var peer = connect("Bearer fleet-token", FLEET, null);
    peer.send(RawPeer.HELLO);
    await("its config", () -> peer.heard.toString().contains(SECRET));
  }

  @Test
  void aCertificateOpensItsOwnPathAlone() throws Exception {
    String edge = ca.issueProxy(new ProxyGroup.Fleet("edge"), Instant.now());
    refuse(null, OWN, edge, 403, Refusal.Forbidden);
    refuse(null, RELAY, edge, 403, Refusal.Forbidden);
    String shop = ca.issueProxy(new ProxyGroup.Own("web", "shop"), Instant.now());
    refuse(null, FLEET, shop, 403, Refusal.Forbidden);
    // A certificate says who it is: a token beside it changes nothing.
    refuse("Bearer fleet-token", FLEET, shop, 403, Refusal.Forbidden);
    var peer = connect(null, FLEET, edge);
    peer.send(RawPeer.HELLO);
    await("its config", () -> peer.heard.toString().contains(SECRET));
  }

  @Test
  void aCertificateOfAnotherAuthorityOrThatIsOverIsRefusedInTheHandshake() throws Exception {
    var stranger = ControllerCa.of(new StreamHarness.MemoryCaStore(), InstantSource.system());
    String foreign = stranger.issueProxy(new ProxyGroup.Fleet("edge"), Instant.now());
    assertThrows(CompletionException.class, () -> talk(connect(null, FLEET, foreign)));
    String over =
        ca.issueProxy(new ProxyGroup.Fleet("edge"), Instant.now().minusSeconds(400L * 86_400));
    assertThrows(CompletionException.class, () -> talk(connect(null, FLEET, over)));
    await("counted", () -> server.metrics().refused(Refusal.Tls) >= 2);
    assertEquals(List.of(), harness.reports.connected);
  }

  /// With TLS 1.3 a client learns of its refusal with the first thing that it reads or writes.
  private static void talk(RawPeer peer) {
    peer.send(RawPeer.HELLO);
    try {
      await("closed", () -> peer.closed);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    throw new CompletionException("closed", null);
  }

  @Test
  void aTokenOfAPodIsGoodForThatPodAlone() throws Exception {
    var thief = connect("Bearer pod-token", FLEET, null);
    thief.send(RawPeer.HELLO.replace("\"raw\"", "\"edge-2\""));
    await("refused", () -> thief.closed);
    assertTrue(thief.heard.toString().contains("bound to pod edge-1"), thief.heard.toString());
    assertTold(thief, Refusal.Forbidden, 1);
    var pod = connect("Bearer pod-token", FLEET, null);
    pod.send(RawPeer.HELLO.replace("\"raw\"", "\"edge-1\""));
    await("its config", () -> pod.heard.toString().contains(SECRET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"frame\":\"have\",\"resources\":{}}",
        "{\"frame\":\"ack\",\"version\":{\"lease\":\"lease\",\"leaseCreated\":100,\"transitions\":1,"
            + "\"counter\":1},\"digest\":\"0000000000000000000000000000000000000000000000000000000000000000\","
            + "\"result\":\"Applied\",\"rejected\":[],\"applyMicros\":1}",
        "{\"frame\":\"health\",\"full\":true,\"changes\":[]}",
        "{\"frame\":\"pong\"}",
        "{\"frame\":\"welcome\",\"protocol\":1,\"controller\":\"c\",\"pingInterval\":\"5s\"}",
        "{\"frame\":\"commit\",\"version\":{\"lease\":\"lease\",\"leaseCreated\":100,"
            + "\"transitions\":1,\"counter\":1},\"digest\":\"00\"}"
      })
  void noFrameIsTakenBeforeHello(String frame) throws Exception {
    var peer = connect("Bearer fleet-token", FLEET, null);
    peer.send(frame);
    await("refused", () -> peer.closed);
    assertEquals(1, server.metrics().refused(Refusal.Protocol));
    assertFalse(peer.heard.toString().contains(SECRET), "told something");
    assertEquals(List.of(), harness.reports.connected);
  }

  @Test
  void framesThatAreReplayedOnAnotherConnectionAreRefused() throws Exception {
    var first = connect("Bearer fleet-token", FLEET, null);
    first.send(RawPeer.HELLO);
    await("commit", () -> first.heard.toString().contains("\"commit\""));
    first.send(RawPeer.HELLO);
    await("hello comes once", () -> first.closed);
    String ack =
        "{\"frame\":\"ack\",\"version\":{\"lease\":\"lease\",\"leaseCreated\":100,"
            + "\"transitions\":1,\"counter\":1},\"digest\":\""
            + harness.source.resources().digest().hex()
            + "\",\"result\":\"Applied\",\"rejected\":[],\"unbound\":[],\"applyMicros\":1}";
    harness.source.set(lb("ns/a", "{\"secret\":\"" + SECRET + " changed\"}"));
    var second = connect("Bearer fleet-token", FLEET, null);
    second.send(RawPeer.HELLO);
    await("commit", () -> second.heard.toString().contains("\"commit\""));
    second.send(ack);
    await("an ack of another connection is not owed", () -> second.closed);
    assertTrue(second.heard.toString().contains("is not owed"), second.heard.toString());
    assertEquals(2, server.metrics().refused(Refusal.Protocol));
    assertEquals(List.of(), harness.reports.acks);
  }

  private void refuse(
      @Nullable String authorization,
      String path,
      @Nullable String identity,
      int status,
      Refusal counted) {
    long before = server.metrics().refused(counted);
    int logged = log.list.size();
    var refused =
        assertThrows(CompletionException.class, () -> connect(authorization, path, identity));
    var handshake = assertInstanceOf(WebSocketHandshakeException.class, refused.getCause());
    assertEquals(status, handshake.getResponse().statusCode(), path);
    assertEquals(before + 1, server.metrics().refused(counted), path);
    assertEquals(logged + 1, log.list.size(), path);
    String line = log.list.getLast().getFormattedMessage();
    assertTrue(line.contains(counted.name()), line);
    assertFalse(line.contains("-token"), "a token is logged: " + line);
    assertEquals(List.of(), harness.reports.connected);
  }

  private void assertTold(RawPeer peer, Refusal counted, int times) {
    assertEquals(times, server.metrics().refused(counted));
    assertTrue(log.list.getLast().getFormattedMessage().contains(counted.name()), "not logged");
    assertFalse(peer.heard.toString().contains(SECRET), "told something");
    assertEquals(List.of(), harness.reports.connected);
  }

  private RawPeer connect(@Nullable String authorization, String path, @Nullable String identity)
      throws Exception {
    return RawPeer.connect(harness.directory, server.port(), authorization, path, identity);
  }
}
