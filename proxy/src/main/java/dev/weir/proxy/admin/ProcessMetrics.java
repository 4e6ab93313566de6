package dev.weir.proxy.admin;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.weir.proxy.metrics.Durations;
import dev.weir.proxy.metrics.LoopWatch;
import dev.weir.proxy.metrics.MetricFamily;
import dev.weir.proxy.metrics.PrometheusText;
import dev.weir.proxy.metrics.PrometheusText.Label;
import dev.weir.proxy.runtime.ProxyRuntime;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The part of `/metrics` that says how the process is: memory, CPU, loops, logs.
final class ProcessMetrics {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MILLIS_PER_SECOND = 1e3;
  private static final long MILLI = 1_000_000;
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMetrics() {}

  static void write(PrometheusText text, ProxyRuntime runtime, String version) {
    text.sample(MetricFamily.BUILD_INFO, List.of(), "version", version, 1);
    var java = ManagementFactory.getRuntimeMXBean();
    text.sample(MetricFamily.START_TIME, java.getStartTime() / MILLIS_PER_SECOND);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      text.sample(MetricFamily.CPU, system.getProcessCpuTime() / NANOS_PER_SECOND);
      text.sample(MetricFamily.OPEN_FILES, system.getOpenFileDescriptorCount());
      text.sample(MetricFamily.MAX_FILES, system.getMaxFileDescriptorCount());
    }
    memory(text, runtime);
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

  private static void memory(PrometheusText text, ProxyRuntime runtime) {
    long resident = resident();
    if (resident > 0) {
      text.sample(MetricFamily.RESIDENT, resident);
    }
    var memory = ManagementFactory.getMemoryMXBean();
    var heap = memory.getHeapMemoryUsage();
    long other = memory.getNonHeapMemoryUsage().getUsed();
    text.sample(MetricFamily.JAVA_MEMORY, List.of(), "area", "heap", heap.getUsed());
    text.sample(MetricFamily.JAVA_MEMORY, List.of(), "area", "nonheap", other);
    text.sample(MetricFamily.JAVA_MEMORY_MAX, List.of(), "area", "heap", heap.getMax());
    for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      text.summary(
          MetricFamily.JAVA_GC,
          List.of(new Label("gc", collector.getName())),
          collector.getCollectionTime() * MILLI,
          collector.getCollectionCount());
    }
    text.sample(MetricFamily.JAVA_THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
    if (runtime.loops().allocator() instanceof ByteBufAllocatorMetricProvider allocator) {
      text.sample(MetricFamily.DIRECT, allocator.metric().usedDirectMemory());
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

  /// In bytes; 0 where it is not known.
  private static long resident() {
    try {
      for (String line : Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1)) {
        if (line.startsWith("VmRSS:")) {
          return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
      return 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
