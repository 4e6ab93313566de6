package dev.weir.controller.stream;

import dev.weir.proxy.testkit.LoadClient;
import dev.weir.proxy.testkit.Origin;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Load by [LoadClient]: each client waits for its answer, so the rate is an upper bound.
record OwnLoad(int port, int rate) implements SteadyLoad {
  private static final Duration PACE = Duration.ofMillis(20);

  @Override
  public List<Integer> origins(List<Origin> origins) {
    return origins.stream().map(Origin::port).toList();
  }

  @Override
  public Future<String> run(Duration time) {
    var load = LoadClient.on(port);
    load.keepAlive((int) (rate * PACE.toMillis() / 1000), "/", PACE);
    load.oneShot(Math.max(1, rate / 1000), "/", PACE);
    var later = CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> report(load, time), later);
  }

  private static String report(LoadClient load, Duration time) {
    try (load) {
      load.stopFlawless(1);
      return "%d requests/s, %s"
          .formatted(load.succeeded() / Math.max(1, time.toSeconds()), load.latencies());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {}
}
