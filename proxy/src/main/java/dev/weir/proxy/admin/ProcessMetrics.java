package dev.weir.proxy.admin;

import dev.weir.config.metrics.Durations;
import dev.weir.config.metrics.ProcessFamily;
import dev.weir.config.metrics.PrometheusText;
import dev.weir.config.metrics.PrometheusText.Label;
import dev.weir.proxy.metrics.LoopWatch;
import dev.weir.proxy.metrics.MetricFamily;
import dev.weir.proxy.runtime.ProxyRuntime;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.util.List;

/// The part of `/metrics` that says how the process is: memory, CPU, loops, logs.
final class ProcessMetrics {
  private static final double NANOS_PER_SECOND = 1e9;

  private ProcessMetrics() {}

  static void write(PrometheusText text, ProxyRuntime runtime, String version) {
    text.sample(MetricFamily.BUILD_INFO, List.of(), "version", version, 1);
    ProcessFamily.write(text);
    if (runtime.loops().allocator() instanceof ByteBufAllocatorMetricProvider allocator) {
      text.sample(MetricFamily.DIRECT, allocator.metric().usedDirectMemory());
    }
    loops(text, runtime.watch());
    text.sample(MetricFamily.CONNECTIONS, runtime.connections().used());
    text.sample(MetricFamily.CONNECTIONS_LIMIT, runtime.connections().limit());
    text.sample(
        MetricFamily.DRAINING_CONNECTIONS,
        runtime.drainingBinds().stream().mapToInt(l -> l.listener().connections()).sum());
    text.sample(MetricFamily.LOG_LINES, runtime.accessLogs().lines());
    text.sample(MetricFamily.LOG_DROPPED, runtime.accessLogs().dropped());
    text.sample(MetricFamily.LOG_FAILED, runtime.accessLogs().failedWrites());
    long bytes = LoopWatch.allocatedBytes(runtime.accessLogs().writerThread());
    if (bytes >= 0) {
      text.sample(MetricFamily.LOG_ALLOCATED, bytes);
    }
  }

  private static void loops(PrometheusText text, LoopWatch watch) {
    text.sample(MetricFamily.LOOPS, watch.loops().size());
    for (LoopWatch.Watched loop : watch.loops()) {
      long nanos = loop.cpuNanos();
      if (nanos >= 0) {
        text.sample(MetricFamily.LOOP_CPU, List.of(label(loop)), nanos / NANOS_PER_SECOND);
      }
    }
    for (LoopWatch.Watched loop : watch.loops()) {
      long bytes = loop.allocatedBytes();
      if (bytes >= 0) {
        text.sample(MetricFamily.LOOP_ALLOCATED, List.of(label(loop)), bytes);
      }
    }
    for (LoopWatch.Watched loop : watch.loops()) {
      var times = new long[Durations.buckets() + 1];
      loop.lag().addTo(times);
      text.histogram(MetricFamily.LOOP_LAG, List.of(label(loop)), times, false);
    }
  }

  private static Label label(LoopWatch.Watched loop) {
    return new Label("loop", Integer.toString(loop.index()));
  }
}
