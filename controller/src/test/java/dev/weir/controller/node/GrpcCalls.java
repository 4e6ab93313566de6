package dev.weir.controller.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.proxy.testkit.Http2Client;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// Calls of gRPC to the backend of `test/kube`, over one connection: a stream that stays open
/// throughout, and unary ones beside it.
final class GrpcCalls implements AutoCloseable {
  private static final int STREAM = 1;

  private final Http2Client client;
  private int next = STREAM + 2;

  /// Opens the stream.
  GrpcCalls(Http2Client client) throws IOException {
    this.client = client;
    open(STREAM, "/test.Echo/Stream");
  }

  private void open(int stream, String path) throws IOException {
    client.request(
        stream, false, "POST", path, "content-type", "application/grpc", "te", "trailers");
  }

  private static String message(String text) {
    var bytes = ByteBuffer.allocate(5 + text.length()).put((byte) 0).putInt(text.length());
    return new String(
        bytes.put(text.getBytes(StandardCharsets.ISO_8859_1)).array(), StandardCharsets.ISO_8859_1);
  }

  /// Sends a message on the stream and sees it come back.
  void streaming(String text) throws IOException {
    String sent = message(text);
    client.data(STREAM, false, sent);
    var got = new StringBuilder();
    while (got.length() < sent.length()) {
      got.append(client.next(Http2Client.DATA).text());
    }
    assertEquals(sent, got.toString());
  }

  /// Makes a call of its own with one message.
  ///
  /// @return which backend answered, as its trailers say
  String unary(String text) throws IOException {
    int stream = next;
    next += 2;
    open(stream, "/test.Echo/Unary");
    client.data(stream, true, message(text));
    var response = client.response(stream);
    assertEquals("application/grpc", response.head().get("content-type"));
    assertEquals(message(text), response.body());
    assertEquals("0", response.trailers().get("grpc-status"));
    return Objects.requireNonNull(response.trailers().get("backend"));
  }

  /// Ends the stream, which must end well.
  ///
  /// @return which backend had it
  String end() throws IOException {
    client.data(STREAM, true, "");
    var response = client.response(STREAM);
    // The head came before the first message.
    var trailers = response.trailers().isEmpty() ? response.head() : response.trailers();
    assertEquals("0", trailers.get("grpc-status"));
    return Objects.requireNonNull(trailers.get("backend"));
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
