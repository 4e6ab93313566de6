package dev.weir.bench.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the kernel counts of a process. Linux.
record Kernel(long pid) {
  private static final double TICKS_PER_SECOND = 100;

  /// CPU seconds of all its threads so far.
  double cpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /// Resident memory in MB (10^6 bytes).
  double residentMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e6;
      }
    }
    return 0;
  }
}
