package dev.weir.proxy.exchange;

import dev.weir.proxy.accesslog.AccessLog;
import dev.weir.proxy.accesslog.AccessRecord;
import dev.weir.proxy.listener.LoopListener;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.message.MessageHead;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.message.RequestHead;
import dev.weir.proxy.message.ResponseHead;
import dev.weir.proxy.metrics.Traffic;
import dev.weir.proxy.net.Loop;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import org.jspecify.annotations.Nullable;

/// What is written down about an exchange: its access record, and the counters of its listener and
/// endpoint. Decides nothing. Thread: the exchange's loop.
final class Ledger {
  private final AccessRecord record = new AccessRecord();
  private LoopListener listener;
  private final Loop loop;
  private boolean counts;
  private boolean grpc;

  Ledger(LoopListener listener) {
    this.listener = listener;
    this.loop = listener.loop();
  }

  void moveTo(LoopListener other) {
    listener = other;
  }

  AccessRecord record() {
    return record;
  }

  /// The head is complete.
  void received(HttpPlan plan, RequestHead head) {
    counts = plan.accessLog().counts();
    record.head = head.bytes();
    record.methodStart = head.methodStart();
    record.methodEnd = head.methodEnd();
    record.targetEnd = head.targetEnd();
    record.minorVersion = head.minorVersion();
    record.hostStart = head.authorityStart();
    record.hostEnd = head.authorityEnd();
    record.headReceived = loop.now();
    grpc = Grpc.asks(head);
  }

  /// Whether the request is one of gRPC.
  boolean grpc() {
    return grpc;
  }

  /// An endpoint was chosen.
  void chosen(Endpoint endpoint, long now) {
    Traffic pool = endpoint.pool().traffic().on(loop);
    pool.enter();
    if (record.dequeued == 0) {
      record.dequeued = now;
      if (record.queued > 0) {
        pool.waited(now - record.headReceived);
      }
    }
    String name = endpoint.name();
    record.redispatched |= record.endpoint != null && !name.equals(record.endpoint);
    record.endpoint = name;
  }

  /// A new connection to the endpoint is there.
  void connected(Endpoint endpoint, long nanos) {
    endpoint.traffic().on(loop).connection(nanos);
    endpoint.pool().traffic().on(loop).connection(nanos);
  }

  /// A try on an endpoint failed and another one follows.
  void retried(Endpoint tried, Failure failure, int attempts) {
    record.retries = attempts;
    Traffic traffic = tried.traffic().on(loop);
    traffic.failure(failure);
    traffic.retry();
  }

  /// The final head of the response is there.
  void responded(ResponseHead head) {
    record.status = head.status();
    record.responded = loop.now();
    if (grpc) {
      record.grpcStatus = Grpc.status(head);
    }
  }

  /// The response is complete: a call has the status of its trailers, of its head, or what HTTP's
  /// stands for.
  void complete(@Nullable MessageHead trailers) {
    if (grpc && trailers != null) {
      record.grpcStatus = Grpc.status(trailers);
    }
    if (grpc && record.grpcStatus == Grpc.NONE) {
      record.grpcStatus = Grpc.status(record.status);
    }
  }

  /// The exchange ends by a failure.
  ///
  /// @param begun whether the client has a final head already, whose status stays
  void failed(Failure failure, boolean begun) {
    if (!begun) {
      record.status = grpc && failure.status() != 0 ? 200 : failure.status();
    }
    if (grpc) {
      record.grpcStatus = Grpc.status(failure);
    }
    record.failure = failure;
  }

  /// The endpoint has nothing more to do with the exchange. To be called before its slot is free.
  void left(Endpoint endpoint) {
    record.endpointConnections = Math.max(0, endpoint.inFlight() - 1);
    Traffic own = endpoint.traffic().on(loop);
    Traffic pool = endpoint.pool().traffic().on(loop);
    pool.leave();
    if (counts) {
      record.poolConnections = endpoint.pool().load();
    }
    if (record.connected != 0) {
      own.bytes(record.bytesIn, record.bytesOut);
    }
    if (record.responded != 0) {
      long nanos = record.responded - record.connected;
      own.request(record.status, nanos);
      pool.request(record.status, nanos);
    }
  }

  /// The exchange is over: counts it and hands the record to the access log.
  void close(HttpPlan plan, @Nullable Pool pool, @Nullable Failure failure) {
    record.ended = loop.now();
    if (failure == Failure.QUEUE_TIMEOUT) {
      record.dequeued = record.ended;
    }
    Traffic traffic = plan.traffic().on(loop);
    traffic.request(record.status, record.ended - record.started);
    traffic.bytes(record.bytesIn, record.bytesOut);
    if (record.retries > 0) {
      traffic.retry();
    }
    if (record.grpcStatus != Grpc.NONE) {
      traffic.grpc(record.grpcStatus);
      if (pool != null) {
        pool.traffic().on(loop).grpc(record.grpcStatus);
      }
    }
    if (failure != null) {
      traffic.failure(failure);
      refused(record.refusal, failure, traffic, pool);
    }
    AccessLog log = plan.accessLog();
    if (log.counts()) {
      record.processConnections = listener.processConnections();
      record.listenerConnections = listener.connections();
      if (record.endpoint == null && pool != null) {
        record.poolConnections = pool.load();
      }
    }
    log.log(record);
    grpc = false;
  }

  /// Counts what was refused with whom it came from: a request with the listener, a response with
  /// the pool.
  private void refused(
      @Nullable Refusal reason, Failure failure, Traffic listening, @Nullable Pool pool) {
    if (reason == null) {
      return;
    }
    boolean response = failure == Failure.BAD_RESPONSE || failure == Failure.BAD_RESPONSE_BODY;
    if (!response) {
      listening.refusal(reason);
    } else if (pool != null) {
      pool.traffic().on(loop).refusal(reason);
    }
  }
}
