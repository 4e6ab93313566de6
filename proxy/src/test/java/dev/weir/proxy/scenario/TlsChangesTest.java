package dev.weir.proxy.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.protobuf.ByteString;
import dev.weir.proxy.testkit.Authority;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.ConfigFile;
import dev.weir.proxy.testkit.GrpcOrigin;
import dev.weir.proxy.testkit.Http2Client;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Payload;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import dev.weir.proxy.testkit.WebSocketClient;
import dev.weir.proxy.testkit.Wire;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.Messages;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A certificate and the configuration change ten times a second, and nobody whose connection
/// speaks TLS notices: not requests over HTTP/1 and HTTP/2 on connections old and new, not
/// downloads, WebSockets and calls of gRPC that are under way all the time.
///
/// The length in seconds is the system property `weir.soak.seconds`, 5 unless set.
class TlsChangesTest {
  private static final int SECONDS = Integer.getInteger("weir.soak.seconds", 5);
  private static final int CHANGES_A_SECOND = 10;
  private static final String NAME = "a.weir.test";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int OF_EACH = 2;

  @TempDir private Path directory;
  private final int web = Ports.free();
  private final int grpc = Ports.free();
  private final int extra = Ports.free();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final CountDownLatch begun = new CountDownLatch(7 * OF_EACH);
  private final Set<String> certificates = ConcurrentHashMap.newKeySet();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong handshakes = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /// What a client does until the end; an exception is a failed request or a cut stream.
  private interface Client {
    void run() throws Exception;
  }

  private record Origins(Origin one, Origin two, GrpcOrigin first, GrpcOrigin second) {}

  @Test
  void nobodyNoticesThatCertificateAndConfigurationChangeTenTimesASecond() throws Exception {
    Authority authority = Authority.named("weir test");
    try (var one = Origin.start("one");
        var two = Origin.start("two");
        var first = GrpcOrigin.start();
        var second = GrpcOrigin.start();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var origins = new Origins(one, two, first, second);
      change(0, authority, origins);
      try (var proxy = ProxyProcess.config(directory.resolve("weir.yaml")).start()) {
        List<Future<?>> living = start(threads, authority);
        assertTrue(begun.await(20, TimeUnit.SECONDS), () -> begun.getCount() + " did not begin");
        int applied = proxy.state().path("applied").asInt();
        int steps = change(authority, origins);
        proxy.awaitState("all is applied", s -> s.path("applied").asInt() > applied);
        int seen = proxy.state().path("applied").asInt() - applied;
        Await.until("another certificate is served", () -> certificates.size() > 1);
        stop.set(true);
        for (var client : living) {
          client.get(SECONDS + 30L, TimeUnit.SECONDS);
        }
        assertEquals(0, proxy.state().path("refused").asInt());
        int least = Math.max(1, SECONDS / 2);
        assertTrue(seen >= least, () -> seen + " configurations of " + steps + proxy.describe());
        System.out.printf(
            "%d s, %d changes, %d configurations applied, %d certificates seen: %d requests,"
                + " %d handshakes, %d messages, %d calls, %d MB; 0 failed, 0 cut%n",
            SECONDS,
            steps,
            seen,
            certificates.size(),
            requests.get(),
            handshakes.get(),
            messages.get(),
            calls.get(),
            bytes.get() / 1_000_000);
      } finally {
        stop.set(true);
      }
    }
  }

  private List<Future<?>> start(ExecutorService threads, Authority authority) {
    var living = new ArrayList<Future<?>>();
    for (int i = 0; i < OF_EACH; i++) {
      Client[] clients = {
        () -> http1(authority),
        () -> http2(authority),
        () -> newConnections(authority),
        () -> webSocket(authority),
        () -> webSocketOverHttp2(authority),
        () -> downloads(authority),
        () -> callsOfGrpc(authority),
      };
      for (Client client : clients) {
        living.add(
            threads.submit(
                () -> {
                  client.run();
                  return null;
                }));
      }
    }
    return living;
  }

  /// Ten times a second another certificate and another configuration.
  private int change(Authority authority, Origins origins) throws Exception {
    long start = System.nanoTime();
    int steps = SECONDS * CHANGES_A_SECOND;
    for (int step = 1; step <= steps; step++) {
      change(step, authority, origins);
      long due = start + step * 1_000_000_000L / CHANGES_A_SECOND;
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
    return steps;
  }

  private void change(int step, Authority authority, Origins origins) throws Exception {
    Authority.write(directory.resolve("a.pem"), authority.server(NAME));
    if (step < 2) {
      Authority.write(directory.resolve("b.pem"), authority.server("b.weir.test"));
    }
    ConfigFile.replace(directory.resolve("weir.yaml"), manifest(step, origins));
  }

  private String manifest(int step, Origins origins) {
    String more = step % 3 == 0 ? "" : ", {file: {certificate: b.pem}}";
    String version = step % 4 < 2 ? "TLS12" : "TLS13";
    String tls =
        "tls: {certificates: [{file: {certificate: a.pem}}%s], minVersion: %s}"
            .formatted(more, version);
    String timeouts = "timeouts: {idle: %ds, header: %ds}".formatted(40 + step % 7, 10 + step % 5);
    var listeners = new ArrayList<String>();
    listeners.add(Yaml.listener("web", web, "defaultPool: web", timeouts, tls));
    listeners.add(Yaml.listener("grpc", grpc, "defaultPool: grpc", timeouts, tls));
    if (step % 2 == 0) {
      listeners.add(Yaml.listener("extra", extra, "defaultPool: web", tls));
    }
    var endpoints = new ArrayList<>(Yaml.endpoints(origins.one));
    endpoints.add(
        Yaml.endpoint(origins.two.port(), step % 5 == 1 ? "state: Drain" : "weight: " + step % 9));
    return Yaml.loadBalancer(
        "web",
        listeners,
        List.of(
            Yaml.pool("web", endpoints, Yaml.FAST),
            Yaml.pool(
                "grpc",
                List.of(
                    Yaml.endpoint(origins.first.port()),
                    Yaml.endpoint(origins.second.port(), "weight: " + (1 + step % 3))),
                "protocol: HTTP2",
                Yaml.FAST)));
  }

  private Wire connect(Authority authority, String protocol) throws Exception {
    Wire wire =
        Wire.connect(
            web,
            authority.trusting(),
            NAME,
            wishes -> wishes.setApplicationProtocols(new String[] {protocol}));
    var session = ((SSLSocket) wire.socket()).getSession();
    certificates.add(
        ((X509Certificate) session.getPeerCertificates()[0]).getSerialNumber().toString());
    handshakes.incrementAndGet();
    return wire;
  }

  private void answered(int status) {
    assertEquals(200, status);
    requests.incrementAndGet();
  }

  private void http1(Authority authority) throws Exception {
    try (var wire = connect(authority, "http/1.1")) {
      begun.countDown();
      while (!stop.get()) {
        answered(wire.get("/").readResponse().status());
        LockSupport.parkNanos(5_000_000);
      }
    }
  }

  private void newConnections(Authority authority) throws Exception {
    begun.countDown();
    for (int i = 0; !stop.get(); i++) {
      if (i % 2 == 0) {
        try (var wire = connect(authority, "http/1.1")) {
          answered(wire.get("/").readResponse().status());
        }
      } else {
        try (var client = Http2Client.over(connect(authority, "h2"))) {
          answered(client.get(1, "/").response(1).status());
        }
      }
      LockSupport.parkNanos(50_000_000);
    }
  }

  private void http2(Authority authority) throws Exception {
    try (var client = Http2Client.over(connect(authority, "h2"))) {
      begun.countDown();
      for (int stream = 1; !stop.get(); stream += 4) {
        client.get(stream, "/").get(stream + 2, "/bytes/20000");
        var answers = new ArrayList<Integer>();
        while (answers.size() < 2) {
          var frame = client.next();
          switch (frame.type()) {
            case Http2Client.DATA -> client.window(0, Math.max(1, frame.payload().length));
            case Http2Client.HEADERS -> assertEquals("200", frame.fields().get(":status"));
            case Http2Client.RST_STREAM, Http2Client.GOAWAY -> fail("cut: " + frame);
            default -> {}
          }
          if (frame.ends()) {
            answers.add(frame.stream());
            requests.incrementAndGet();
          }
        }
        LockSupport.parkNanos(5_000_000);
      }
    }
  }

  private void webSocket(Authority authority) throws Exception {
    try (var socket = WebSocketClient.over(connect(authority, "http/1.1"), "/ws")) {
      begun.countDown();
      for (int i = 0; !stop.get(); i++) {
        assertEquals("message " + i, socket.exchange("message " + i));
        messages.incrementAndGet();
        LockSupport.parkNanos(20_000_000);
      }
    }
  }

  private void webSocketOverHttp2(Authority authority) throws Exception {
    try (var client = Http2Client.over(connect(authority, "h2"))) {
      client.headers(
          1,
          false,
          ":method",
          "CONNECT",
          ":protocol",
          "websocket",
          ":scheme",
          "https",
          ":path",
          "/ws",
          ":authority",
          NAME,
          "sec-websocket-version",
          "13");
      assertEquals("200", client.next(Http2Client.HEADERS).fields().get(":status"));
      begun.countDown();
      for (int i = 0; !stop.get(); i++) {
        String text = "message " + i;
        // A text frame whose mask is zero.
        client.data(1, false, "\u0081" + (char) (0x80 | text.length()) + "\0\0\0\0" + text);
        var got = new StringBuilder();
        while (got.length() < text.length() + 2) {
          var data = client.next(Http2Client.DATA);
          got.append(data.text());
          client.window(0, data.payload().length).window(1, data.payload().length);
        }
        assertEquals("\u0081" + (char) text.length() + text, got.toString());
        messages.incrementAndGet();
        LockSupport.parkNanos(20_000_000);
      }
    }
  }

  /// One that takes as long as the test, over HTTP/1, and one over HTTP/2 beside it.
  private void downloads(Authority authority) throws Exception {
    int size = SECONDS * 500_000;
    String target = "/slow/" + size + "/" + SECONDS * 1000;
    try (var client = Http2Client.over(connect(authority, "h2"));
        var wire = connect(authority, "http/1.1")) {
      wire.get(target);
      client.get(1, target);
      begun.countDown();
      var received = new CompletableFuture<Payload.Received>();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  received.complete(Payload.drain(wire.responseBody(wire.readHead())));
                } catch (IOException cut) {
                  received.completeExceptionally(cut);
                }
              });
      var response = client.response(1);
      assertEquals(-1, response.reset());
      assertEquals(size, response.body().length());
      assertEquals(new Payload.Received(size, Payload.digest(size)), received.get());
      bytes.addAndGet(2L * size);
    }
  }

  private void callsOfGrpc(Authority authority) throws Exception {
    var trust = new ByteArrayInputStream(authority.pem().getBytes(StandardCharsets.US_ASCII));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                "127.0.0.1", grpc, TlsChannelCredentials.newBuilder().trustManager(trust).build())
            .overrideAuthority(NAME)
            .build();
    try {
      var answers = new LinkedBlockingQueue<Object>();
      StreamObserver<StreamingOutputCallRequest> pings =
          TestServiceGrpc.newStub(channel).fullDuplexCall(new Answers(answers));
      var ping =
          StreamingOutputCallRequest.newBuilder()
              .addResponseParameters(ResponseParameters.newBuilder().setSize(1000))
              .build();
      var unary =
          SimpleRequest.newBuilder()
              .setResponseSize(500)
              .setPayload(Messages.Payload.newBuilder().setBody(ByteString.copyFrom(new byte[100])))
              .build();
      var blocking = TestServiceGrpc.newBlockingStub(channel);
      begun.countDown();
      while (!stop.get()) {
        pings.onNext(ping);
        Object answer = answers.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(answer instanceof StreamingOutputCallResponse, () -> "not answered: " + answer);
        messages.incrementAndGet();
        assertEquals(
            500,
            blocking.withDeadlineAfter(PATIENCE).unaryCall(unary).getPayload().getBody().size());
        calls.incrementAndGet();
        LockSupport.parkNanos(10_000_000);
      }
      pings.onCompleted();
      assertEquals("OK", answers.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } finally {
      channel.shutdownNow();
      Await.until("the channel is closed", channel::isTerminated);
    }
  }

  /// What comes back on a call: messages, and at the end `OK` or what went wrong.
  private record Answers(LinkedBlockingQueue<Object> to)
      implements StreamObserver<StreamingOutputCallResponse> {
    @Override
    public void onNext(StreamingOutputCallResponse message) {
      to.add(message);
    }

    @Override
    public void onError(Throwable problem) {
      to.add(problem);
    }

    @Override
    public void onCompleted() {
      to.add("OK");
    }
  }
}
