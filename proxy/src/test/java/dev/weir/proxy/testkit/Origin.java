package dev.weir.proxy.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A named HTTP/1.1 server that can be killed and revived on its port, and counts what it was
/// asked.
///
/// Unless given another handler it answers: `/` and everything else its name; `/echo` the request's
/// body; `/head` the request's head as it came; `/digest` length and SHA-256 of the request's body;
/// `/bytes/N` N bytes of the [Payload]; `/chunked/N` the same in chunks; `/slow/N/MS` N bytes,
/// evenly over that time; `/sleep/MS` its name after that time; `/status/NNN` that status;
/// `/silent` nothing at all; `/ws` a WebSocket echo.
///
/// One virtual thread per connection.
public final class Origin implements AutoCloseable {
  private static final int REMEMBERED = 2_000;
  private static final int BACKLOG = 1024;
  private final String name;
  private final InetAddress address;
  private final int port;
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final ConcurrentLinkedQueue<Head> heads = new ConcurrentLinkedQueue<>();
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private volatile Security security = socket -> socket;
  private volatile Call.Handler handler;
  private volatile Listening listening;

  private Origin(String name, InetAddress address, int port, Call.Handler handler)
      throws IOException {
    this.name = name;
    this.address = address;
    this.port = port;
    this.handler = handler;
    listening = listen();
  }

  private record Listening(ServerSocket socket, Thread accepting) {}

  /// Starts one with the answers above on a free port of 127.0.0.1.
  public static Origin start(String name) throws IOException {
    return start(name, Origin::answer);
  }

  /// Starts one with its own answers.
  public static Origin start(String name, Call.Handler handler) throws IOException {
    return new Origin(name, InetAddress.getLoopbackAddress(), Ports.free(), handler);
  }

  /// Starts one with the answers above on a free port of this address.
  public static Origin startAt(InetAddress address, String name) throws IOException {
    return new Origin(name, address, Ports.free(), Origin::answer);
  }

  /// Starts one with the answers above that speaks TLS.
  public static Origin startTls(String name, SSLContext context) throws IOException {
    var origin = start(name);
    origin.tls(context, false);
    return origin;
  }

  /// What lies between an accepted socket and HTTP.
  @FunctionalInterface
  public interface Security {
    /// The socket to speak HTTP on. Runs on the connection's thread.
    Socket over(Socket accepted) throws IOException;
  }

  /// What is between sockets and HTTP now.
  public Security security() {
    return security;
  }

  /// Puts something between sockets and HTTP, for connections from now on.
  public void security(Security other) {
    security = other;
  }

  /// Speaks TLS on connections from now on.
  ///
  /// @param clientAuth whether clients need a certificate
  public void tls(SSLContext context, boolean clientAuth) {
    security(
        accepted -> {
          var socket =
              (SSLSocket)
                  context.getSocketFactory().createSocket(accepted, null, accepted.getPort(), true);
          socket.setUseClientMode(false);
          socket.setNeedClientAuth(clientAuth);
          socket.startHandshake();
          return socket;
        });
  }

  /// What it calls itself.
  public String name() {
    return name;
  }

  /// The port, the same for its whole life.
  public int port() {
    return port;
  }

  /// `127.0.0.1:port`, as metrics and `/state` call it.
  public String authority() {
    return "127.0.0.1:" + port;
  }

  /// Requests that arrived so far.
  public long requests() {
    return requests.get();
  }

  /// Connections that were accepted so far, health checks included.
  public long accepted() {
    return accepted.get();
  }

  /// Requests being answered.
  public int inFlight() {
    return inFlight.get();
  }

  /// Connections that are open.
  public int open() {
    return connections.size();
  }

  /// The heads of the first requests, at most 2000.
  public List<Head> heads() {
    return List.copyOf(heads);
  }

  /// Answers otherwise from the next request on.
  public void handler(Call.Handler other) {
    handler = other;
  }

  /// Refuses new connections as soon as it returns; those that were accepted live on.
  public void stopListening() throws IOException {
    var stopped = listening;
    stopped.socket.close();
    try {
      // A virtual thread in accept keeps the port open until it has had its turn.
      stopped.accepting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Dies as a killed process does: refuses connections, resets those that exist.
  public void kill() throws IOException {
    stopListening();
    for (var socket : connections) {
      reset(socket);
    }
  }

  private static void reset(Socket socket) throws IOException {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException closedMeanwhile) {
      return;
    }
    socket.close();
  }

  /// Listens again.
  public void revive() throws IOException {
    listening = listen();
  }

  @Override
  public void close() throws IOException {
    kill();
  }

  private Listening listen() throws IOException {
    var socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(address, port), BACKLOG);
    return new Listening(
        socket, Thread.ofVirtual().name("origin-" + name).start(() -> acceptAll(socket)));
  }

  private void acceptAll(ServerSocket socket) {
    try {
      while (true) {
        var connection = socket.accept();
        connections.add(connection);
        accepted.incrementAndGet();
        Thread.ofVirtual().name("origin-" + name).start(() -> serve(connection));
      }
    } catch (IOException closed) {
      return;
    }
  }

  private void serve(Socket connection) {
    try (connection;
        var secure = security.over(connection)) {
      var wire = new Wire(secure);
      secure.setSoTimeout(0);
      var in = new HttpInput(secure.getInputStream());
      while (true) {
        var head = in.readHead();
        if (head == null || !answerOne(wire, in, head)) {
          return;
        }
      }
    } catch (IOException gone) {
      return;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(connection);
    }
  }

  private boolean answerOne(Wire wire, HttpInput in, Head head)
      throws IOException, InterruptedException {
    requests.incrementAndGet();
    if (heads.size() < REMEMBERED) {
      heads.add(head);
    }
    inFlight.incrementAndGet();
    try {
      var call = new Call(this, wire, head, in.requestBody(head));
      if (head.lists("upgrade", "websocket")) {
        echoWebSocket(wire, in, head);
        return false;
      }
      handler.handle(call);
      wire.output().flush();
      call.body().transferTo(OutputStream.nullOutputStream());
      return !call.closing();
    } finally {
      inFlight.decrementAndGet();
    }
  }

  /// The answers described above.
  public static void answer(Call call) throws IOException, InterruptedException {
    var path = call.path();
    var end = path.indexOf('/', 1);
    var first = end < 0 ? path : path.substring(0, end);
    switch (first) {
      case "/echo" ->
          call.reply(200, new String(call.body().readAllBytes(), StandardCharsets.UTF_8));
      case "/head" -> call.reply(200, text(call.head()));
      case "/digest" -> {
        var received = Payload.drain(call.body());
        call.reply(200, received.bytes() + " " + received.digest());
      }
      case "/bytes" -> {
        var length = call.number("/bytes/");
        Payload.write(call.begin(200, length), length);
      }
      case "/chunked" -> chunked(call, call.number("/chunked/"));
      case "/slow" -> {
        var parts = path.split("/");
        slow(call, Long.parseLong(parts[2]), Long.parseLong(parts[3]));
      }
      case "/sleep" -> {
        Thread.sleep(call.number("/sleep/"));
        call.reply(200, call.origin().name());
      }
      case "/status" -> call.reply((int) call.number("/status/"), "");
      case "/silent" -> call.wire().input().transferTo(OutputStream.nullOutputStream());
      default -> call.reply(200, call.origin().name());
    }
  }

  private static String text(Head head) {
    var text = new StringBuilder(head.startLine()).append('\n');
    head.fields().forEach(f -> text.append(f.name()).append(": ").append(f.value()).append('\n'));
    return text.toString();
  }

  private static void chunked(Call call, long length) throws IOException {
    var out = call.begin(200, -1);
    var source = Payload.stream(length);
    var piece = new byte[10_000];
    for (var count = source.read(piece); count >= 0; count = source.read(piece)) {
      out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      out.write(piece, 0, count);
      out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
    }
    out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void slow(Call call, long length, long millis)
      throws IOException, InterruptedException {
    var out = call.begin(200, length);
    var source = Payload.stream(length);
    var piece = new byte[64 * 1024];
    var start = System.nanoTime();
    var sent = 0L;
    for (var count = source.read(piece); count >= 0; count = source.read(piece)) {
      out.write(piece, 0, count);
      out.flush();
      sent += count;
      var due = (long) (millis * ((double) sent / length));
      var elapsed = Duration.ofNanos(System.nanoTime() - start).toMillis();
      Thread.sleep(Math.max(0, due - elapsed));
    }
  }

  private static void echoWebSocket(Wire wire, HttpInput in, Head head) throws IOException {
    var key = head.first("sec-websocket-key");
    wire.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Accept: "
            + WebSocketFrames.accept(key == null ? "" : key)
            + "\r\n\r\n");
    while (true) {
      var frame = WebSocketFrames.read(in.raw());
      WebSocketFrames.write(wire.output(), frame.opcode(), frame.payload(), false);
      if (frame.opcode() == WebSocketFrames.CLOSE) {
        return;
      }
    }
  }
}
