package dev.weir.proxy.metrics;

import dev.weir.proxy.message.Failure;

/// What one loop counted for one listener, or for one endpoint. Written by that loop only; read by
/// anyone, a moment old.
public final class Traffic {
  /// Upper bounds of the latency buckets, in microseconds; one more bucket takes what is slower.
  public static final int[] BUCKETS_MICROS = {
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000
  };

  private final long[] statuses = new long[6];
  private final long[] failures = new long[Failure.values().length];
  private final long[] latency = new long[BUCKETS_MICROS.length + 1];
  private long latencyNanos;
  private long connections;
  private long bytesIn;
  private long bytesOut;
  private long retries;

  /// A response went out (or, for an endpoint, came in).
  ///
  /// @param status 100 to 599; 0 when there was none
  public void request(int status, long nanos) {
    statuses[status / 100]++;
    latencyNanos += nanos;
    long micros = nanos / 1000;
    int bucket = 0;
    while (bucket < BUCKETS_MICROS.length && micros > BUCKETS_MICROS[bucket]) {
      bucket++;
    }
    latency[bucket]++;
  }

  /// Something went wrong.
  public void failure(Failure failure) {
    failures[failure.ordinal()]++;
  }

  /// A connection was opened.
  public void connection() {
    connections++;
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

  /// Responses of a class: 1 for 1xx to 5 for 5xx, 0 for none.
  public long requests(int statusClass) {
    return statuses[statusClass];
  }

  /// How often that went wrong.
  public long failures(Failure failure) {
    return failures[failure.ordinal()];
  }

  /// Requests in a latency bucket, not cumulated.
  public long latency(int bucket) {
    return latency[bucket];
  }

  /// The sum of all latencies.
  public long latencyNanos() {
    return latencyNanos;
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
}
