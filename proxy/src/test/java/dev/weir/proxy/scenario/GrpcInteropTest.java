package dev.weir.proxy.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.weir.proxy.testkit.Await;
import dev.weir.proxy.testkit.GrpcOrigin;
import dev.weir.proxy.testkit.Ports;
import dev.weir.proxy.testkit.ProxyProcess;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.EmptyProtos.Empty;
import io.grpc.testing.integration.Messages.BoolValue;
import io.grpc.testing.integration.Messages.EchoStatus;
import io.grpc.testing.integration.Messages.Payload;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.StreamingInputCallRequest;
import io.grpc.testing.integration.Messages.StreamingInputCallResponse;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import io.grpc.testing.integration.TestServiceGrpc.TestServiceBlockingStub;
import io.grpc.testing.integration.TestServiceGrpc.TestServiceStub;
import io.grpc.testing.integration.UnimplementedServiceGrpc;
import io.grpc.testing.integration.Util;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client and servers of grpc-java with the real process of `examples/grpc.yaml` between them:
/// the cases of gRPC's interop tests, and what happens when an end goes away.
class GrpcInteropTest {
  private static final int PORT = Ports.free();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir static Path directory;
  private static GrpcOrigin one;
  private static GrpcOrigin two;
  private static ProxyProcess proxy;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws IOException {
    one = GrpcOrigin.start();
    two = GrpcOrigin.start();
    proxy = start("both", one, two);
    channel = channel(PORT);
  }

  private static ProxyProcess start(String name, GrpcOrigin first, GrpcOrigin second)
      throws IOException {
    return start(name, PORT, first, second);
  }

  private static ProxyProcess start(String name, int port, GrpcOrigin first, GrpcOrigin second)
      throws IOException {
    var text =
        Files.readString(Path.of("../examples/grpc.yaml"))
            .replace("port: 8080", "port: " + port)
            .replace("9001", "" + first.port())
            .replace("9002", "" + second.port());
    var file = Files.writeString(directory.resolve(name + ".yaml"), text);
    return ProxyProcess.config(file).heap("64m").start();
  }

  private static ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .maxInboundMessageSize(GrpcOrigin.MAX_MESSAGE)
        .build();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    channel.shutdownNow();
    proxy.close();
    one.close();
    two.close();
  }

  private static TestServiceBlockingStub blocking() {
    return TestServiceGrpc.newBlockingStub(channel).withDeadlineAfter(PATIENCE);
  }

  private static TestServiceStub async() {
    return TestServiceGrpc.newStub(channel).withDeadlineAfter(PATIENCE);
  }

  private static Payload payload(int size) {
    return Payload.newBuilder().setBody(ByteString.copyFrom(new byte[size])).build();
  }

  private static SimpleRequest request(int size, int wanted) {
    return SimpleRequest.newBuilder().setPayload(payload(size)).setResponseSize(wanted).build();
  }

  private static StreamingOutputCallRequest output(int size, int... wanted) {
    var request = StreamingOutputCallRequest.newBuilder().setPayload(payload(size));
    for (int each : wanted) {
      request.addResponseParameters(ResponseParameters.newBuilder().setSize(each));
    }
    return request.build();
  }

  /// Collects what comes back.
  private static final class Collector<T> implements StreamObserver<T> {
    final BlockingQueue<T> messages = new LinkedBlockingQueue<>();
    final AtomicReference<Status> status = new AtomicReference<>();
    final CountDownLatch done = new CountDownLatch(1);

    @Override
    public void onNext(T message) {
      messages.add(message);
    }

    @Override
    public void onError(Throwable problem) {
      status.set(Status.fromThrowable(problem));
      done.countDown();
    }

    @Override
    public void onCompleted() {
      status.set(Status.OK);
      done.countDown();
    }

    T next() throws InterruptedException {
      var message = messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertTrue(message != null, () -> "no message but " + status.get());
      return message;
    }

    Status end() throws InterruptedException {
      assertTrue(done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS), "the call does not end");
      return status.get();
    }
  }

  // --- the cases of gRPC's interop tests

  @Test
  void emptyUnaryAndLargeUnary() {
    assertEquals(Empty.getDefaultInstance(), blocking().emptyCall(Empty.getDefaultInstance()));
    var response = blocking().unaryCall(request(271_828, 314_159));
    assertEquals(314_159, response.getPayload().getBody().size());
  }

  @Test
  void compressedUnary() {
    var request =
        request(271_828, 314_159).toBuilder()
            .setExpectCompressed(BoolValue.newBuilder().setValue(true))
            .setResponseCompressed(BoolValue.newBuilder().setValue(true))
            .build();
    var response = blocking().withCompression("gzip").unaryCall(request);
    assertEquals(314_159, response.getPayload().getBody().size());
  }

  @Test
  void compressedStreaming() throws Exception {
    var answer = new Collector<StreamingInputCallResponse>();
    var inputs = async().withCompression("gzip").streamingInputCall(answer);
    for (int size : List.of(27_182, 45_904)) {
      inputs.onNext(
          StreamingInputCallRequest.newBuilder()
              .setPayload(payload(size))
              .setExpectCompressed(BoolValue.newBuilder().setValue(true))
              .build());
    }
    inputs.onCompleted();
    assertEquals(73_086, answer.next().getAggregatedPayloadSize());
    assertEquals(Status.OK, answer.end());
    var compressed = BoolValue.newBuilder().setValue(true);
    var request = StreamingOutputCallRequest.newBuilder();
    for (int size : List.of(31_415, 92_653)) {
      request.addResponseParameters(
          ResponseParameters.newBuilder().setSize(size).setCompressed(compressed));
    }
    var responses = blocking().streamingOutputCall(request.build());
    assertEquals(31_415, responses.next().getPayload().getBody().size());
    assertEquals(92_653, responses.next().getPayload().getBody().size());
    assertEquals(false, responses.hasNext());
  }

  @Test
  void clientStreaming() throws Exception {
    var answer = new Collector<StreamingInputCallResponse>();
    var requests = async().streamingInputCall(answer);
    for (int size : List.of(27_182, 8, 1_828, 45_904)) {
      requests.onNext(StreamingInputCallRequest.newBuilder().setPayload(payload(size)).build());
    }
    requests.onCompleted();
    assertEquals(74_922, answer.next().getAggregatedPayloadSize());
    assertEquals(Status.OK, answer.end());
  }

  @Test
  void serverStreaming() {
    var responses = blocking().streamingOutputCall(output(0, 31_415, 9, 2_653, 58_979));
    for (int size : List.of(31_415, 9, 2_653, 58_979)) {
      assertEquals(size, responses.next().getPayload().getBody().size());
    }
    assertEquals(false, responses.hasNext());
  }

  @Test
  void pingPongAndEmptyStream() throws Exception {
    var answers = new Collector<StreamingOutputCallResponse>();
    var requests = async().fullDuplexCall(answers);
    int[] sizes = {31_415, 9, 2_653, 58_979};
    for (int size : sizes) {
      requests.onNext(output(size / 2, size));
      assertEquals(size, answers.next().getPayload().getBody().size());
    }
    requests.onCompleted();
    assertEquals(Status.OK, answers.end());
    var nothing = new Collector<StreamingOutputCallResponse>();
    async().fullDuplexCall(nothing).onCompleted();
    assertEquals(Status.OK, nothing.end());
    assertEquals(0, nothing.messages.size());
  }

  @Test
  void cancelAfterBeginAndAfterTheFirstResponse() throws Exception {
    var never = new Collector<StreamingInputCallResponse>();
    var begun = (ClientCallStreamObserver<?>) async().streamingInputCall(never);
    begun.cancel("changed my mind", null);
    assertEquals(Status.Code.CANCELLED, never.end().getCode());
    var answers = new Collector<StreamingOutputCallResponse>();
    var requests =
        (ClientCallStreamObserver<StreamingOutputCallRequest>) async().fullDuplexCall(answers);
    requests.onNext(output(27_182, 31_415));
    answers.next();
    requests.cancel("that is enough", null);
    assertEquals(Status.Code.CANCELLED, answers.end().getCode());
    Await.until("nothing is under way", () -> inFlight() == 0);
  }

  private static int inFlight() {
    try {
      return proxy
          .health("/metrics")
          .lines()
          .filter(line -> line.startsWith("weir_endpoint_in_flight"))
          .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void timeoutOnSleepingServer() throws Exception {
    var answers = new Collector<StreamingOutputCallResponse>();
    var requests =
        TestServiceGrpc.newStub(channel)
            .withDeadlineAfter(Duration.ofMillis(20))
            .fullDuplexCall(answers);
    try {
      requests.onNext(output(27_182));
    } catch (IllegalStateException closed) {
      // The deadline was first.
    }
    assertEquals(Status.Code.DEADLINE_EXCEEDED, answers.end().getCode());
  }

  @Test
  void statusCodeAndMessageAlsoSpecialOnes() throws Exception {
    for (var message :
        List.of(
            "test status message",
            "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")) {
      var wanted = EchoStatus.newBuilder().setCode(2).setMessage(message).build();
      var request = SimpleRequest.newBuilder().setResponseStatus(wanted).build();
      var failure = assertThrows(StatusRuntimeException.class, () -> blocking().unaryCall(request));
      assertEquals(Status.Code.UNKNOWN, failure.getStatus().getCode());
      assertEquals(message, failure.getStatus().getDescription());
      var answers = new Collector<StreamingOutputCallResponse>();
      var requests = async().fullDuplexCall(answers);
      requests.onNext(StreamingOutputCallRequest.newBuilder().setResponseStatus(wanted).build());
      requests.onCompleted();
      assertEquals(message, answers.end().getDescription());
    }
  }

  @Test
  void unimplementedMethodAndService() {
    var method =
        assertThrows(
            StatusRuntimeException.class,
            () -> blocking().unimplementedCall(Empty.getDefaultInstance()));
    assertEquals(Status.Code.UNIMPLEMENTED, method.getStatus().getCode());
    var service =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                UnimplementedServiceGrpc.newBlockingStub(channel)
                    .unimplementedCall(Empty.getDefaultInstance()));
    assertEquals(Status.Code.UNIMPLEMENTED, service.getStatus().getCode());
  }

  @Test
  void customMetadata() {
    var sent = new Metadata();
    byte[] trailing = {0, 1, (byte) 0xab, (byte) 0xff};
    sent.put(Util.ECHO_INITIAL_METADATA_KEY, "test_initial_metadata_value");
    sent.put(Util.ECHO_TRAILING_METADATA_KEY, trailing);
    var headers = new AtomicReference<Metadata>();
    var trailers = new AtomicReference<Metadata>();
    var with =
        ClientInterceptors.intercept(
            channel,
            MetadataUtils.newAttachHeadersInterceptor(sent),
            MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
    TestServiceGrpc.newBlockingStub(with).unaryCall(request(271_828, 314_159));
    assertEquals("test_initial_metadata_value", headers.get().get(Util.ECHO_INITIAL_METADATA_KEY));
    assertArrayEquals(trailing, trailers.get().get(Util.ECHO_TRAILING_METADATA_KEY));
  }

  // --- what a balancer adds

  @Test
  void oneConnectionOfAClientReachesEveryEndpointAndEachCallIsCountedAndLogged() throws Exception {
    int before = one.calls();
    int beforeTwo = two.calls();
    for (int i = 0; i < 10; i++) {
      blocking().emptyCall(Empty.getDefaultInstance());
    }
    assertTrue(one.calls() - before >= 3, "one got " + (one.calls() - before));
    assertTrue(two.calls() - beforeTwo >= 3, "two got " + (two.calls() - beforeTwo));
    var page = proxy.health("/metrics");
    assertTrue(page.contains("weir_listener_grpc_requests_total{"), page);
    assertTrue(page.contains("grpc_status=\"0\""), page);
    assertTrue(page.contains("weir_pool_grpc_responses_total{pool=\"default/grpc/greeter\""), page);
    Await.until(
        "a line",
        () -> {
          try {
            return Files.readString(proxy.accessLog(), UTF_8).contains("\"grpcStatus\":0");
          } catch (IOException e) {
            return false;
          }
        });
  }

  @Test
  void messagesOfManyMegabytesPassInFlatMemory() throws Exception {
    int size = 32 << 20;
    blocking().unaryCall(request(1 << 20, 1 << 20));
    long before = proxy.peakMemory();
    var patient = TestServiceGrpc.newBlockingStub(channel).withDeadlineAfter(Duration.ofMinutes(3));
    var response = patient.unaryCall(request(size, size));
    assertEquals(size, response.getPayload().getBody().size());
    long growth = proxy.peakMemory() - before;
    assertTrue(growth < 24L << 20, "grew by " + (growth >> 20) + " MiB");
  }

  @Test
  void aCallThatIsLateEndsAtItsDeadlineForTheEndpointToo() throws Exception {
    blocking().emptyCall(Empty.getDefaultInstance());
    var answers = new Collector<StreamingOutputCallResponse>();
    var requests =
        TestServiceGrpc.newStub(channel)
            .withDeadlineAfter(Duration.ofSeconds(1))
            .fullDuplexCall(answers);
    requests.onNext(output(10, 10));
    answers.next();
    assertEquals(Status.Code.DEADLINE_EXCEEDED, answers.end().getCode());
    Await.until("nothing is under way", () -> inFlight() == 0);
  }

  @Test
  void anEndpointThatDiesEndsItsCallsAsUnavailableAndTheNextGoElsewhere() throws Exception {
    int port = Ports.free();
    try (var dying = GrpcOrigin.start();
        var staying = GrpcOrigin.start();
        var between = start("dying", port, dying, staying)) {
      var client = channel(port);
      try {
        var calls =
            List.of(
                new Collector<StreamingOutputCallResponse>(),
                new Collector<StreamingOutputCallResponse>());
        for (var call : calls) {
          TestServiceGrpc.newStub(client).fullDuplexCall(call).onNext(output(10, 10));
          call.next();
        }
        assertEquals(1, dying.calls());
        dying.kill();
        Await.until("one call ends", () -> calls.stream().anyMatch(c -> c.status.get() != null));
        var ended = calls.stream().filter(c -> c.status.get() != null).toList();
        assertEquals(1, ended.size());
        assertEquals(Status.Code.UNAVAILABLE, ended.getFirst().end().getCode());
        var stub = TestServiceGrpc.newBlockingStub(client).withDeadlineAfter(PATIENCE);
        for (int i = 0; i < 5; i++) {
          stub.emptyCall(Empty.getDefaultInstance());
        }
        staying.kill();
        var failure =
            assertThrows(
                StatusRuntimeException.class, () -> stub.emptyCall(Empty.getDefaultInstance()));
        assertEquals(Status.Code.UNAVAILABLE, failure.getStatus().getCode());
        // The last three when the call was faster than the news that the connection ends.
        assertTrue(
            List.of(
                    "could not connect to an endpoint",
                    "no healthy endpoint",
                    "the endpoint refused the request unread",
                    "the endpoint reset the stream without a response",
                    "the endpoint closed the connection without a response")
                .contains(failure.getStatus().getDescription()),
            failure.getStatus().toString());
      } finally {
        client.shutdownNow();
      }
    }
  }
}
