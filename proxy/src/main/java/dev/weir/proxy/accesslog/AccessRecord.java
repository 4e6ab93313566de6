package dev.weir.proxy.accesslog;

import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.net.TlsFacts;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// What happened to one request or one TCP connection. Mutable and reused by its owner; times are
/// [System#nanoTime] and 0 while the moment has not come. Thread: one event loop.
public final class AccessRecord {
  private static final byte[] EMPTY = {};

  private Client client = new Client(null);

  /// The LoadBalancer, `namespace/name`.
  public String loadBalancer = "";

  /// The listener's name in its LoadBalancer.
  public String listener = "";

  /// The pool's name in its LoadBalancer.
  public @Nullable String pool;

  /// The endpoint that was tried last; null when there was none.
  public @Nullable String endpoint;

  /// First byte of the request; TCP: the accept.
  public long started;

  /// The end of the request's head.
  public long headReceived;

  /// An endpoint and a slot on it were found, or waiting for one was given up.
  public long dequeued;

  /// The connection to the endpoint was there.
  public long connected;

  /// The response's head was there.
  public long responded;

  /// The last byte was handed to the client's socket.
  public long ended;

  /// The request line's bytes: method, target, version as they were sent; empty when unparsable.
  public byte[] head = EMPTY;

  /// Where the method begins in [#head].
  public int methodStart;

  /// Where the method ends.
  public int methodEnd;

  /// Where the target ends.
  public int targetEnd;

  /// Of HTTP/1: 0 or 1.
  public int minorVersion;

  /// Whether the client speaks HTTP/2. Not cleared: who fills the record in says it.
  public boolean http2;

  /// Where the host that the client asks for begins in [#head].
  public int hostStart;

  /// Where that host ends, its port included.
  public int hostEnd;

  /// 0 when no response was sent.
  public int status;

  /// How gRPC says that it ended; [Grpc#NONE] for what is not gRPC.
  public int grpcStatus = Grpc.NONE;

  /// Bytes from the client, heads included.
  public long bytesIn;

  /// Bytes to the client, heads included.
  public long bytesOut;

  /// Tries after the first one.
  public int retries;

  /// Whether the last try went to another endpoint than the first.
  public boolean redispatched;

  /// Whether the proxy answered itself, with a redirect.
  public boolean local;

  /// Null when all went well.
  public @Nullable Failure failure;

  /// Why exactly the request or the response was refused; null when neither was.
  public @Nullable Refusal refusal;

  /// Where it ended, as HAProxy's letter: R (request), Q (queue), C (connect), H (head of the
  /// response), D (data).
  public char stage;

  /// Open connections of clients, this one included.
  public int processConnections;

  /// Open connections of the listener's clients, this one included.
  public int listenerConnections;

  /// What else the pool was doing: requests (TCP: connections) under way or waiting.
  public int poolConnections;

  /// What else the endpoint was doing.
  public int endpointConnections;

  /// Whether the request got an identifier: a header edit asked for it.
  public boolean identified;

  /// The first half of the identifier.
  public long idHigh;

  /// The second half of the identifier.
  public long idLow;

  /// The place in the pool's queue, from 1; 0 when there was no waiting.
  public int queued;

  /// Says who the client is.
  public void client(@Nullable SocketAddress address) {
    client(new Client(address));
  }

  /// Says who the client is, of whom something may be known already.
  public void client(Client who) {
    client = who;
  }

  /// The client's address; null as long as nobody said it.
  public @Nullable SocketAddress client() {
    return client.address();
  }

  /// What TLS agreed on with the client; null without TLS.
  public @Nullable TlsFacts tls() {
    return client.tls();
  }

  /// The client's IP address as text, `unix` for the client of a unix socket. Never to be written
  /// to.
  public byte[] clientAddress() {
    return client.text();
  }

  /// The client's port, 0 for the client of a unix socket.
  public int clientPort() {
    return client.port();
  }

  /// The version of HTTP that the client speaks, as HAProxy writes it.
  public String version() {
    if (http2) {
      return "HTTP/2.0";
    }
    return minorVersion == 0 ? "HTTP/1.0" : "HTTP/1.1";
  }

  /// Who ended it, as HAProxy's letter: the first of its termination state.
  public char endedBy() {
    Failure why = failure;
    return why == null ? local ? 'L' : '-' : why.letters().charAt(0);
  }

  /// Where it was ended, as HAProxy's letter: the second of its termination state.
  public char endedAt() {
    Failure why = failure;
    if (why == null) {
      return local ? 'R' : '-';
    }
    return why == Failure.CLIENT_ABORT ? stage : why.letters().charAt(1);
  }

  /// Makes the record as new, but for client, TLS, load balancer and listener.
  public void clear() {
    pool = null;
    endpoint = null;
    started = headReceived = dequeued = connected = responded = ended = 0;
    head = EMPTY;
    methodStart = methodEnd = targetEnd = minorVersion = hostStart = hostEnd = 0;
    status = retries = queued = 0;
    grpcStatus = Grpc.NONE;
    bytesIn = bytesOut = 0;
    redispatched = identified = false;
    local = false;
    failure = null;
    refusal = null;
    processConnections = listenerConnections = poolConnections = endpointConnections = 0;
  }
}
