package dev.weir.controller.stream;

import dev.weir.controller.metrics.Histogram;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What the server counted since it was made. Any thread may read.
public final class StreamMetrics {
  /// Why a connection was refused or ended by the server.
  public enum Refusal {
    /// No bearer token: 401.
    NoToken,
    /// A token that is not valid or is meant for another audience: 401.
    BadToken,
    /// A token of somebody who may not ask for that group: 403.
    Forbidden,
    /// The API server could not be asked: 503.
    AuthenticationUnavailable,
    /// Not a WebSocket upgrade of a known path: 400, 404, 405 or 426.
    BadRequest,
    /// More unauthenticated connections than allowed: closed.
    TooManyPending,
    /// More proxies than allowed: 503.
    TooManySessions,
    /// No TLS, no upgrade or no hello in time: closed.
    HandshakeTimeout,
    /// TLS failed.
    Tls,
    /// A frame that is too large or is not what the protocol says.
    Protocol,
    /// Pings, writes or acks were not answered in time.
    Unresponsive
  }

  private final Map<Refusal, LongAdder> refusals = new EnumMap<>(Refusal.class);
  private final LongAdder accepted = new LongAdder();
  private final LongAdder commits = new LongAdder();
  private final LongAdder endpointCommits = new LongAdder();
  private final LongAdder emptyCommits = new LongAdder();
  private final LongAdder upserts = new LongAdder();
  private final LongAdder rejections = new LongAdder();
  private final Histogram pushTimes = new Histogram();
  private final Histogram ackTimes = new Histogram();

  StreamMetrics() {
    for (Refusal refusal : Refusal.values()) {
      refusals.put(refusal, new LongAdder());
    }
  }

  /// How often that happened.
  public long refused(Refusal refusal) {
    return adder(refusal).sum();
  }

  /// Proxies that were welcomed.
  public long accepted() {
    return accepted.sum();
  }

  /// Deltas that were sent, all kinds.
  public long commits() {
    return commits.sum();
  }

  /// Deltas of endpoints alone.
  public long endpointCommits() {
    return endpointCommits.sum();
  }

  /// Deltas without any resource: only the version was new.
  public long emptyCommits() {
    return emptyCommits.sum();
  }

  /// Resources that were sent.
  public long upserts() {
    return upserts.sum();
  }

  /// LoadBalancers that proxies rejected, counted once per proxy and content.
  public long rejections() {
    return rejections.sum();
  }

  /// From the first change that a proxy has not been sent to the last frame of the delta that has
  /// it.
  public Histogram pushTimes() {
    return pushTimes;
  }

  /// From the last frame of a delta to its ack.
  public Histogram ackTimes() {
    return ackTimes;
  }

  void countRefused(Refusal refusal) {
    adder(refusal).increment();
  }

  void countAccepted() {
    accepted.increment();
  }

  void countCommit(int resources, int removes, boolean endpointsOnly) {
    commits.increment();
    upserts.add(resources);
    if (resources + removes == 0) {
      emptyCommits.increment();
    } else if (endpointsOnly) {
      endpointCommits.increment();
    }
  }

  void countRejections(int loadBalancers) {
    rejections.add(loadBalancers);
  }

  private LongAdder adder(Refusal refusal) {
    LongAdder adder = refusals.get(refusal);
    if (adder == null) {
      throw new IllegalStateException("no counter for " + refusal);
    }
    return adder;
  }
}
