package dev.weir.proxy.accesslog;

import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.net.TlsFacts;
import org.jspecify.annotations.Nullable;

/// One JSON object per line. What is not known is left out; durations are microseconds. Pure but
/// for the line that it appends to.
final class JsonFormat {
  private static final int MAX_TARGET = 2048;
  private static final int MAX_HOST = 255;
  private static final int MAX_METHOD = 32;
  private static final long NANOS_PER_MICRO = 1_000;

  private JsonFormat() {}

  static void http(Line line, Dates dates, AccessRecord record) {
    start(line, dates, record, "HTTP");
    if (record.methodEnd > record.methodStart) {
      byte[] head = record.head;
      line.put(",\"method\":\"")
          .json(head, record.methodStart, record.methodEnd, MAX_METHOD)
          .put("\",\"target\":\"")
          .json(head, record.methodEnd + 1, record.targetEnd, MAX_TARGET)
          .put("\",\"version\":\"")
          .put(record.version())
          .put('"');
      if (record.hostEnd > record.hostStart) {
        line.put(",\"host\":\"").json(head, record.hostStart, record.hostEnd, MAX_HOST).put('"');
      }
    }
    if (record.identified) {
      line.put(",\"requestId\":\"").hex(record.idHigh).hex(record.idLow).put('"');
    }
    if (record.status != 0) {
      line.put(",\"status\":").number(record.status);
    }
    if (record.grpcStatus != Grpc.NONE) {
      line.put(",\"grpcStatus\":").number(record.grpcStatus);
    }
    backend(line, record);
    micros(line, "headMicros", record.started, record.headReceived);
    micros(line, "queueMicros", record.headReceived, record.dequeued);
    micros(line, "connectMicros", record.dequeued, record.connected);
    micros(line, "responseMicros", record.connected, record.responded);
    end(line, record);
  }

  static void tcp(Line line, Dates dates, AccessRecord record) {
    start(line, dates, record, "TCP");
    backend(line, record);
    micros(line, "queueMicros", record.started, record.dequeued);
    micros(line, "connectMicros", record.dequeued, record.connected);
    end(line, record);
  }

  private static void start(Line line, Dates dates, AccessRecord record, String protocol) {
    line.put("{\"time\":\"");
    dates.iso(line, record.started, record.ended);
    line.put("\",\"protocol\":\"").put(protocol).put('"');
    text(line, "loadBalancer", record.loadBalancer);
    text(line, "listener", record.listener);
    line.put(",\"client\":\"").put(record.clientAddress()).put("\",\"clientPort\":");
    line.number(record.clientPort());
    TlsFacts tls = record.tls();
    if (tls != null) {
      text(line, "tlsVersion", tls.version());
      text(line, "tlsCipher", tls.cipher());
      text(line, "tlsName", tls.name());
      text(line, "tlsClient", tls.client() == null ? null : tls.client().subject());
    }
  }

  private static void backend(Line line, AccessRecord record) {
    text(line, "pool", record.pool);
    text(line, "endpoint", record.endpoint);
    line.put(",\"receivedBytes\":").number(record.bytesIn);
    line.put(",\"sentBytes\":").number(record.bytesOut);
  }

  private static void end(Line line, AccessRecord record) {
    micros(line, "totalMicros", record.started, record.ended);
    if (record.retries > 0) {
      line.put(",\"retries\":").number(record.retries);
    }
    if (record.failure != null) {
      text(line, "failure", record.failure.label());
      text(line, "reason", record.refusal == null ? null : record.refusal.label());
    }
    if (record.failure != null || record.local) {
      line.put(",\"termination\":\"").put(record.endedBy()).put(record.endedAt()).put('"');
    }
    line.put("}\n");
  }

  private static void text(Line line, String name, @Nullable String value) {
    if (value != null) {
      line.put(",\"").put(name).put("\":\"").json(value).put('"');
    }
  }

  private static void micros(Line line, String name, long from, long to) {
    if (from != 0 && to != 0) {
      line.put(",\"").put(name).put("\":").number((to - from) / NANOS_PER_MICRO);
    }
  }
}
