package dev.weir.proxy.admin;

import dev.weir.config.metrics.PrometheusText;
import dev.weir.config.metrics.PrometheusText.Label;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.message.Grpc;
import dev.weir.proxy.message.Handshake;
import dev.weir.proxy.message.Refusal;
import dev.weir.proxy.metrics.MetricFamily;
import dev.weir.proxy.metrics.PerLoopTraffic;
import dev.weir.proxy.metrics.Traffic;
import java.util.List;
import java.util.function.ToLongFunction;

/// Writes the counters that have a label of their own for what was counted.
final class Counts {
  private static final String[] CLASSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

  private Counts() {}

  /// By class of status.
  static void requests(
      PrometheusText text, MetricFamily family, List<Label> labels, List<PerLoopTraffic> traffic) {
    for (int i = 0; i < CLASSES.length; i++) {
      int index = i;
      long count = total(traffic, t -> t.requests(index));
      if (count > 0 || index >= 2) {
        text.sample(family, labels, "code", CLASSES[index], count);
      }
    }
  }

  /// By cause; only what happened.
  static void failures(
      PrometheusText text, MetricFamily family, List<Label> labels, List<PerLoopTraffic> traffic) {
    for (Failure failure : Failure.values()) {
      long count = total(traffic, t -> t.failures(failure));
      if (count > 0) {
        text.sample(family, labels, "failure", failure.label(), count);
      }
    }
  }

  /// By reason; only what happened.
  static void refusals(
      PrometheusText text, MetricFamily family, List<Label> labels, PerLoopTraffic traffic) {
    for (Refusal reason : Refusal.values()) {
      long count = traffic.sum(t -> t.refusals(reason));
      if (count > 0) {
        text.sample(family, labels, "reason", reason.label(), count);
      }
    }
  }

  /// By status of gRPC; only what happened.
  static void grpc(
      PrometheusText text, MetricFamily family, List<Label> labels, PerLoopTraffic traffic) {
    for (int i = 0; i < Grpc.STATUSES; i++) {
      int status = i;
      long count = traffic.sum(t -> t.grpcRequests(status));
      if (count > 0) {
        text.sample(family, labels, "grpc_status", Integer.toString(status), count);
      }
    }
  }

  /// By result; only what happened, and the two good ones for listeners with TLS.
  static void handshakes(
      PrometheusText text, MetricFamily family, List<Label> labels, PerLoopTraffic traffic) {
    for (Handshake result : Handshake.values()) {
      long count = traffic.sum(t -> t.handshakes(result));
      if (count > 0 || result == Handshake.FULL || result == Handshake.RESUMED) {
        text.sample(family, labels, "result", result.label(), count);
      }
    }
  }

  private static long total(List<PerLoopTraffic> traffic, ToLongFunction<Traffic> figure) {
    return traffic.stream().mapToLong(t -> t.sum(figure)).sum();
  }
}
