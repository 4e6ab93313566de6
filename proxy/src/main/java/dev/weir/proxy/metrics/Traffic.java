package dev.weir.proxy.metrics;

import dev.weir.config.metrics.Durations;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.message.Handshake;
import dev.weir.proxy.message.Refusal;
import org.jspecify.annotations.Nullable;

/// What one loop counted for one listener, one pool, or one endpoint. Written by that loop only;
/// read by anyone, a moment old.
public final class Traffic {
  private final long[] statuses = new long[6];
  private final long[] failures = new long[Failure.values().length];
  private final Durations duration = new Durations();
  private long @Nullable [] refusals;
  private long @Nullable [] grpc;
  private long @Nullable [] handshakes;
  private @Nullable Durations connecting;
  private @Nullable Durations waiting;
  private long connections;
  private long bytesIn;
  private long bytesOut;
  private long retries;
  private int active;

  /// A response went out (or, for a pool and an endpoint, came in).
  ///
  /// @param status 100 to 599; 0 when there was none
  public void request(int status, long nanos) {
    statuses[status / 100]++;
    duration.add(nanos);
  }

  /// Something went wrong.
  public void failure(Failure failure) {
    failures[failure.ordinal()]++;
  }

  /// A message was refused.
  public void refusal(Refusal reason) {
    long[] counts = refusals;
    if (counts == null) {
      counts = new long[Refusal.values().length];
      refusals = counts;
    }
    counts[reason.ordinal()]++;
  }

  /// A request of gRPC ended.
  ///
  /// @param status below [Grpc#STATUSES]
  public void grpc(int status) {
    long[] counts = grpc;
    if (counts == null) {
      counts = new long[Grpc.STATUSES];
      grpc = counts;
    }
    counts[status]++;
  }

  /// A TLS handshake with a client ended.
  public void handshake(Handshake result) {
    long[] counts = handshakes;
    if (counts == null) {
      counts = new long[Handshake.values().length];
      handshakes = counts;
    }
    counts[result.ordinal()]++;
  }

  /// A client's connection was accepted.
  public void connection() {
    connections++;
  }

  /// A connection was opened, which took so long.
  public void connection(long nanos) {
    connections++;
    Durations times = connecting;
    if (times == null) {
      times = new Durations();
      connecting = times;
    }
    times.add(nanos);
  }

  /// A request waited so long for a slot.
  public void waited(long nanos) {
    Durations times = waiting;
    if (times == null) {
      times = new Durations();
      waiting = times;
    }
    times.add(nanos);
  }

  /// A request was sent again.
  public void retry() {
    retries++;
  }

  /// Bytes came from the client (in) and went to it (out).
  public void bytes(long in, long out) {
    bytesIn += in;
    bytesOut += out;
  }

  /// A request (TCP: a connection) begins.
  public void enter() {
    active++;
  }

  /// A request (TCP: a connection) is over.
  public void leave() {
    active--;
  }

  /// Responses of a class: 1 for 1xx to 5 for 5xx, 0 for none.
  public long requests(int statusClass) {
    return statuses[statusClass];
  }

  /// How often that went wrong.
  public long failures(Failure failure) {
    return failures[failure.ordinal()];
  }

  /// How many messages were refused for that reason.
  public long refusals(Refusal reason) {
    long[] counts = refusals;
    return counts == null ? 0 : counts[reason.ordinal()];
  }

  /// How many requests of gRPC ended with that status.
  public long grpcRequests(int status) {
    long[] counts = grpc;
    return counts == null ? 0 : counts[status];
  }

  /// How many TLS handshakes ended like that.
  public long handshakes(Handshake result) {
    long[] counts = handshakes;
    return counts == null ? 0 : counts[result.ordinal()];
  }

  /// How long requests took.
  public Durations duration() {
    return duration;
  }

  /// How long connecting took; null as long as nothing connected.
  public @Nullable Durations connecting() {
    return connecting;
  }

  /// How long requests waited for a slot; null as long as none did.
  public @Nullable Durations waiting() {
    return waiting;
  }

  /// Connections opened so far.
  public long connections() {
    return connections;
  }

  /// Bytes from clients.
  public long bytesIn() {
    return bytesIn;
  }

  /// Bytes to clients.
  public long bytesOut() {
    return bytesOut;
  }

  /// Requests that were sent again.
  public long retries() {
    return retries;
  }

  /// Requests and connections under way.
  public int active() {
    return active;
  }
}
