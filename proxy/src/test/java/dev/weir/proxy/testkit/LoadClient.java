package dev.weir.proxy.testkit;

import dev.weir.proxy.testkit.LoadReport.Failure;
import dev.weir.proxy.testkit.LoadReport.Reason;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Steady load on one port with an account of every failure: nothing is retried, nothing is
/// forgiven.
///
/// Closed loop: each client sends its next request when the last is answered and its pace allows. A
/// kept connection that the server announced to close (`Connection: close`) is left without
/// complaint; one that just vanishes is a failure. One virtual thread per client.
public final class LoadClient implements AutoCloseable {
  private static final int REMEMBERED = 50;
  private static final int SHORT_BODY = 64;
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private final String host;
  private final int port;
  private final List<Thread> clients = new ArrayList<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder connections = new LongAdder();
  private final Map<String, AtomicLong> bodies = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final long started = System.nanoTime();
  private volatile Latencies latencies = new Latencies();
  private String method = "GET";
  private byte[] requestBody = {};

  private LoadClient(String host, int port) {
    this.host = host;
    this.port = port;
  }

  private record Work(
      String method, byte[] request, byte[] lastRequest, Duration pace, int perConnection) {}

  /// Load on that port, with no clients yet.
  public static LoadClient on(int port) {
    return new LoadClient("127.0.0.1", port);
  }

  /// Load on a port of another address: a Service of a test's own cluster.
  public static LoadClient on(String host, int port) {
    return new LoadClient(host, port);
  }

  /// Clients that are added from now on POST this body instead of a GET.
  public LoadClient posting(String body) {
    method = "POST";
    requestBody = body.getBytes(StandardCharsets.UTF_8);
    return this;
  }

  /// Adds clients that keep their connection; each pauses for `pace` between requests.
  public LoadClient keepAlive(int count, String target, Duration pace) {
    return add(count, target, pace, Integer.MAX_VALUE);
  }

  /// Adds clients that open a connection for every request.
  public LoadClient oneShot(int count, String target, Duration pace) {
    return add(count, target, pace, 1);
  }

  /// Adds clients that open a new connection after so many requests.
  public LoadClient add(int count, String target, Duration pace, int perConnection) {
    var work = new Work(method, request(target, false), request(target, true), pace, perConnection);
    for (var i = 0; i < count; i++) {
      clients.add(Thread.ofVirtual().name("load").start(() -> run(work)));
    }
    return this;
  }

  /// Answers that were right, so far.
  public long succeeded() {
    return succeeded.sum();
  }

  /// Failures so far.
  public long failed() {
    return failed.sum();
  }

  /// How long right answers took since the last call, each from its request to the end of its body.
  public Latencies latencies() {
    var since = latencies;
    latencies = new Latencies();
    return since;
  }

  /// What happened so far.
  public LoadReport report() {
    var counts = new TreeMap<String, Long>();
    bodies.forEach((body, count) -> counts.put(body, count.get()));
    return new LoadReport(
        succeeded.sum(), failed.sum(), connections.sum(), counts, List.copyOf(failures));
  }

  /// Lets every client finish the request that it has, and reports.
  public LoadReport stop() throws InterruptedException {
    stopping.set(true);
    stopped.countDown();
    for (var client : clients) {
      client.join();
    }
    return report();
  }

  /// Goes on until so many requests were answered, however long that takes here, and stops. Asserts
  /// that none failed.
  public LoadReport stopFlawless(long atLeast) throws InterruptedException {
    Await.until(atLeast + " requests", PATIENCE, () -> succeeded() >= atLeast || failed.sum() > 0);
    var report = stop();
    report.requireFlawless(atLeast);
    return report;
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }

  /// Sends one request on a connection of its own and returns the body of its 200.
  ///
  /// @throws IOException when there is no such answer
  public static String fetch(int port, String target) throws IOException {
    try (var wire = Wire.connect(port)) {
      var response = wire.get(target, "Connection: close").readResponse();
      if (response.status() != 200) {
        throw new IOException("status " + response.status() + ": " + response.body());
      }
      return response.body();
    }
  }

  /// Sends one request on a connection of its own and returns its status.
  public static int status(int port, String target) throws IOException {
    try (var wire = Wire.connect(port)) {
      return wire.get(target, "Connection: close").readResponse().status();
    }
  }

  private void run(Work work) {
    while (!stopping.get()) {
      try (var wire = connect()) {
        if (wire != null) {
          converse(wire, work);
        }
      } catch (IOException closeFailed) {
        continue;
      }
      if (work.perConnection == 1) {
        pause(work.pace);
      }
    }
  }

  private @Nullable Wire connect() {
    connections.increment();
    try {
      return Wire.connect(host, port);
    } catch (IOException e) {
      fail(Reason.Connect, e.toString(), 0);
      pause(Duration.ofMillis(20));
      return null;
    }
  }

  private void converse(Wire wire, Work work) {
    for (var request = 1; !stopping.get(); request++) {
      var last = request == work.perConnection;
      if (!exchange(wire, work, request, last) || last) {
        return;
      }
      pause(work.pace);
    }
  }

  private boolean exchange(Wire wire, Work work, int request, boolean last) {
    Head head = null;
    var sent = System.nanoTime();
    try {
      wire.send(last ? work.lastRequest : work.request);
      head = wire.readHead();
      var body = wire.in().responseBody(head, work.method).readAllBytes();
      var text = new String(body, 0, Math.min(body.length, SHORT_BODY), StandardCharsets.UTF_8);
      if (head.status() != 200) {
        fail(Reason.Status, head.startLine() + " " + text.strip(), request);
      } else {
        succeeded.increment();
        latencies.add(System.nanoTime() - sent);
        bodies.computeIfAbsent(text, b -> new AtomicLong()).incrementAndGet();
      }
      return !head.lists("connection", "close");
    } catch (SocketTimeoutException e) {
      fail(Reason.Timeout, e.toString(), request);
    } catch (IOException e) {
      fail(head == null ? Reason.NoAnswer : Reason.Cut, e.toString(), request);
    }
    return false;
  }

  private byte[] request(String target, boolean last) {
    var body = requestBody;
    var head =
        method
            + " "
            + target
            + " HTTP/1.1\r\nHost: weir.test\r\n"
            + (last ? "Connection: close\r\n" : "")
            + (method.equals("GET") ? "" : "Content-Length: " + body.length + "\r\n")
            + "\r\n";
    var bytes = head.getBytes(StandardCharsets.ISO_8859_1);
    var whole = Arrays.copyOf(bytes, bytes.length + body.length);
    System.arraycopy(body, 0, whole, bytes.length, body.length);
    return whole;
  }

  private void fail(Reason reason, String detail, int request) {
    failed.increment();
    if (failures.size() < REMEMBERED) {
      var millis = Duration.ofNanos(System.nanoTime() - started).toMillis();
      failures.add(new Failure(reason, detail, request, millis));
    }
  }

  private void pause(Duration pace) {
    try {
      stopped.await(pace.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping.set(true);
    }
  }
}
