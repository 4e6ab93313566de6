package dev.weir.proxy.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// One TCP connection, byte for byte: what is sent leaves as it stands, what is expected must
/// arrive exactly.
///
/// Text is ISO-8859-1. Reads give up after 10 seconds unless told otherwise.
public final class Wire implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 10_000;
  private final Socket socket;
  private final HttpInput in;
  private final OutputStream out;

  Wire(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(READ_MILLIS);
    in = new HttpInput(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /// Connects to a port on 127.0.0.1.
  public static Wire connect(int port) throws IOException {
    return connect(port, 0);
  }

  /// As above with a receive buffer of that size (0: the system's), for clients that read slowly.
  public static Wire connect(int port, int receiveBuffer) throws IOException {
    return connect(InetAddress.getLoopbackAddress(), port, receiveBuffer);
  }

  /// Connects to a port of another address.
  public static Wire connect(String host, int port) throws IOException {
    return connect(InetAddress.ofLiteral(host), port, 0);
  }

  /// Connects to a port on 127.0.0.1 and agrees on TLS.
  ///
  /// @param name the server that is asked for, and that the certificate must be for; null asks for
  ///   none
  public static Wire connect(int port, SSLContext context, @Nullable String name)
      throws IOException {
    return connect(port, context, name, parameters -> {});
  }

  /// As above, with further wishes.
  public static Wire connect(
      int port, SSLContext context, @Nullable String name, Consumer<SSLParameters> wishes)
      throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return connect(address, context, name, wishes);
  }

  /// As above, to another address.
  public static Wire connect(
      InetSocketAddress address,
      SSLContext context,
      @Nullable String name,
      Consumer<SSLParameters> wishes)
      throws IOException {
    var socket = (SSLSocket) context.getSocketFactory().createSocket();
    try {
      socket.connect(address, CONNECT_MILLIS);
      socket.setSoTimeout(READ_MILLIS);
      SSLParameters parameters = socket.getSSLParameters();
      if (name != null) {
        parameters.setServerNames(List.of(new SNIHostName(name)));
      }
      wishes.accept(parameters);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return new Wire(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static Wire connect(InetAddress host, int port, int receiveBuffer) throws IOException {
    var socket = new Socket();
    try {
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer);
      }
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      return new Wire(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /// How long a read may wait.
  public Wire patience(Duration duration) throws IOException {
    socket.setSoTimeout((int) duration.toMillis());
    return this;
  }

  /// Sends text as it stands; line ends are the caller's.
  public Wire send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// Sends bytes.
  public Wire send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /// Sends a GET on HTTP/1.1 with a Host and further header lines.
  public Wire get(String target, String... headerLines) throws IOException {
    var lines = headerLines.length == 0 ? "" : String.join("\r\n", headerLines) + "\r\n";
    return send("GET " + target + " HTTP/1.1\r\nHost: weir.test\r\n" + lines + "\r\n");
  }

  /// Asserts that exactly these characters come next.
  public Wire expect(String text) throws IOException {
    assertEquals(text, read(text.length()));
    return this;
  }

  /// The next `count` characters, or fewer when the peer ends before.
  public String read(int count) throws IOException {
    return new String(in.raw().readNBytes(count), StandardCharsets.ISO_8859_1);
  }

  /// The next head.
  public Head readHead() throws IOException {
    var head = in.readHead();
    if (head == null) {
      throw new EOFException("closed where a message was expected");
    }
    return head;
  }

  /// A response with its whole body as text.
  public record Response(Head head, String body) {
    /// The status code.
    public int status() {
      return head.status();
    }
  }

  /// The next final or interim response to a GET.
  public Response readResponse() throws IOException {
    return readResponse("GET");
  }

  /// The next final or interim response to a request of that method.
  public Response readResponse(String method) throws IOException {
    var head = readHead();
    var body = in.responseBody(head, method).readAllBytes();
    return new Response(head, new String(body, StandardCharsets.ISO_8859_1));
  }

  /// The body that follows a request head, as text.
  public String readRequestBody(Head head) throws IOException {
    return new String(in.requestBody(head).readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /// Asserts that the peer closes, cleanly or by reset, without sending anything more.
  public void expectClosed() throws IOException {
    try {
      var next = in.raw().read();
      if (next >= 0) {
        fail("not closed, but sent: " + (char) next + read(200));
      }
    } catch (SocketTimeoutException e) {
      fail("neither closed nor sent anything");
    } catch (IOException reset) {
      return;
    }
  }

  /// Asserts that nothing arrives and nothing closes for that long.
  public void expectSilence(Duration duration) throws IOException {
    var before = socket.getSoTimeout();
    socket.setSoTimeout((int) duration.toMillis());
    try {
      var next = in.raw().read();
      fail(next < 0 ? "closed" : "sent: " + (char) next + read(200));
    } catch (SocketTimeoutException silence) {
      socket.setSoTimeout(before);
    }
  }

  /// Sends a FIN and stays open for reading.
  public Wire endOutput() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /// Cuts the connection with a reset.
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /// The body behind the head of a response to a GET, unframed; the head tells when it is over.
  public InputStream responseBody(Head head) {
    return in.responseBody(head, "GET");
  }

  /// As above, to a request of that method.
  public InputStream responseBody(Head head, String method) {
    return in.responseBody(head, method);
  }

  HttpInput in() {
    return in;
  }

  /// The underlying socket, for what this class has no word for.
  public Socket socket() {
    return socket;
  }

  /// The raw input behind the bytes that were already consumed.
  public InputStream input() {
    return in.raw();
  }

  /// The raw output.
  public OutputStream output() {
    return out;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
