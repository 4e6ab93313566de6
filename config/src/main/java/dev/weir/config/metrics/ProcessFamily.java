package dev.weir.config.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.weir.config.metrics.PrometheusText.Label;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// How a process is: the metrics that every program of ours has.
public enum ProcessFamily implements Family {
  START_TIME("process_start_time_seconds", Type.GAUGE, "Start of the process since 1970."),
  CPU("process_cpu_seconds_total", Type.COUNTER, "CPU time of all threads of the process."),
  OPEN_FILES("process_open_fds", Type.GAUGE, "Open file descriptors."),
  MAX_FILES("process_max_fds", Type.GAUGE, "The limit of open file descriptors."),
  RESIDENT("process_resident_memory_bytes", Type.GAUGE, "Resident memory of the process."),
  JAVA_MEMORY("jvm_memory_used_bytes", Type.GAUGE, "Java memory in use, by area: heap, nonheap."),
  JAVA_MEMORY_MAX("jvm_memory_max_bytes", Type.GAUGE, "The largest size of the Java heap."),
  JAVA_GC(
      "jvm_gc_collection_seconds",
      Type.SUMMARY,
      "Time spent in garbage collection, by collector; sum and count."),
  JAVA_THREADS("jvm_threads_current", Type.GAUGE, "Java threads.");

  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MILLIS_PER_SECOND = 1e3;
  private static final long MILLI = 1_000_000;
  private static final Path STATUS = Path.of("/proc/self/status");

  private final Description description;

  ProcessFamily(String name, Type type, String help) {
    this.description = new Description(name, type, help);
  }

  @Override
  public Description description() {
    return description;
  }

  /// Writes all of them for this process; what the system does not tell is left out.
  public static void write(PrometheusText text) {
    var java = ManagementFactory.getRuntimeMXBean();
    text.sample(START_TIME, java.getStartTime() / MILLIS_PER_SECOND);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      text.sample(CPU, system.getProcessCpuTime() / NANOS_PER_SECOND);
      text.sample(OPEN_FILES, system.getOpenFileDescriptorCount());
      text.sample(MAX_FILES, system.getMaxFileDescriptorCount());
    }
    long resident = resident();
    if (resident > 0) {
      text.sample(RESIDENT, resident);
    }
    var memory = ManagementFactory.getMemoryMXBean();
    var heap = memory.getHeapMemoryUsage();
    long other = memory.getNonHeapMemoryUsage().getUsed();
    text.sample(JAVA_MEMORY, List.of(), "area", "heap", heap.getUsed());
    text.sample(JAVA_MEMORY, List.of(), "area", "nonheap", other);
    text.sample(JAVA_MEMORY_MAX, List.of(), "area", "heap", heap.getMax());
    for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      text.summary(
          JAVA_GC,
          List.of(new Label("gc", collector.getName())),
          collector.getCollectionTime() * MILLI,
          collector.getCollectionCount());
    }
    text.sample(JAVA_THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
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
