package dev.weir.controller.stream;

import dev.weir.proxy.testkit.Origin;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;

/// Load at a steady rate that accounts for every request.
interface SteadyLoad extends AutoCloseable {

  /// The ports that are to answer it: those of these origins, or of its own.
  List<Integer> origins(List<Origin> origins) throws IOException;

  /// Sends requests for so long.
  ///
  /// @return a line about rate and latency; fails when a request failed
  Future<String> run(Duration time);

  @Override
  void close() throws Exception;
}
