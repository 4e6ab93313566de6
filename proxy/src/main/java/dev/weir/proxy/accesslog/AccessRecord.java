package dev.weir.proxy.accesslog;

import dev.weir.proxy.message.Failure;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// What happened to one request or one TCP connection. Mutable and reused by its owner; times are
/// [System#nanoTime] and 0 while the moment has not come. Thread: one event loop.
public final class AccessRecord {
  public @Nullable InetSocketAddress client;
  public String loadBalancer = "";
  public String listener = "";
  public @Nullable String pool;
  public @Nullable String endpoint;

  /// Wall clock of the first byte of the request (HTTP) or of the accept (TCP), in milliseconds
  /// since 1970.
  public long startMillis;

  /// First byte of the request; TCP: the accept.
  public long started;

  /// The end of the request's head.
  public long headReceived;

  /// An endpoint and a slot on it were found.
  public long dequeued;

  /// The connection to the endpoint was there.
  public long connected;

  /// The response's head was there.
  public long responded;

  /// The last byte was handed to the client's socket.
  public long ended;

  /// The request line's bytes: method, target, version as they were sent; empty when unparsable.
  public byte[] head = EMPTY;

  public int methodStart;
  public int methodEnd;
  public int targetEnd;
  public int minorVersion;
  public int hostStart;
  public int hostEnd;

  /// 0 when no response was sent.
  public int status;

  /// Bytes from the client, heads included.
  public long bytesIn;

  /// Bytes to the client, heads included.
  public long bytesOut;

  public int retries;

  /// Whether the last try went to another endpoint than the first.
  public boolean redispatched;

  /// Null when all went well.
  public @Nullable Failure failure;

  /// Where it ended, as HAProxy's letter: R (request), Q (queue), C (connect), H (head of the
  /// response), D (data).
  public char stage;

  public int processConnections;
  public int listenerConnections;
  public int poolConnections;
  public int endpointConnections;

  /// Whether the request got an identifier: a header edit asked for it.
  public boolean identified;

  /// The first half of the identifier.
  public long idHigh;

  /// The second half of the identifier.
  public long idLow;

  /// How many were before it in the pool's queue.
  public int queued;

  private static final byte[] EMPTY = {};

  /// HAProxy's termination state, two letters: who ended it and where.
  public String termination() {
    Failure why = failure;
    if (why == null) {
      return "--";
    }
    return why == Failure.CLIENT_ABORT ? "C" + stage : why.letters();
  }

  /// Makes the record as new, but for client, load balancer and listener.
  public void clear() {
    pool = null;
    endpoint = null;
    startMillis = started = headReceived = dequeued = connected = responded = ended = 0;
    head = EMPTY;
    methodStart = methodEnd = targetEnd = minorVersion = hostStart = hostEnd = 0;
    status = retries = queued = 0;
    bytesIn = bytesOut = 0;
    redispatched = identified = false;
    failure = null;
    processConnections = listenerConnections = poolConnections = endpointConnections = 0;
  }
}
