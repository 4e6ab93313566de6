package dev.weir.controller.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.proxy.testkit.Origin;
import dev.weir.proxy.testkit.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// The load generator and the origin of the bench: requests are sent when they are due, latency
/// counts from then on.
final class BenchLoad implements SteadyLoad {
  private static final int CONNECTIONS = 64;
  private final Path tools;
  private final int port;
  private final int rate;
  private final List<Process> processes = new ArrayList<>();

  /// @param tools the folder with `load` and `origin`
  BenchLoad(String tools, int port, int rate) {
    this.tools = Path.of(tools);
    this.port = port;
    this.rate = rate;
  }

  @Override
  public List<Integer> origins(List<Origin> origins) throws IOException {
    var ports = origins.stream().map(origin -> Ports.free()).toList();
    var command = Stream.concat(Stream.of(tool("origin")), ports.stream().map(String::valueOf));
    start(command.toList());
    return ports;
  }

  @Override
  public Future<String> run(Duration time) {
    return CompletableFuture.supplyAsync(() -> load(time));
  }

  private String load(Duration time) {
    var command =
        "%s -p %d -c %d -r %d -w 0 -d %d -u /100"
            .formatted(tool("load"), port, CONNECTIONS, rate, time.toSeconds());
    try {
      var process = start(List.of(command.split(" ")));
      var result = new ObjectMapper().readTree(process.getInputStream());
      assertEquals(0, result.path("errors").asLong(), result::toString);
      return "%.0f requests/s, p50 %.1f ms, p99 %.1f ms, longest %.1f ms"
          .formatted(
              result.path("requests").asLong() / result.path("seconds").asDouble(),
              result.path("p50").asDouble() / 1000,
              result.path("p99").asDouble() / 1000,
              result.path("max").asDouble() / 1000);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private String tool(String name) {
    return tools.resolve(name).toString();
  }

  private Process start(List<String> command) throws IOException {
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    processes.add(process);
    return process;
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }
}
