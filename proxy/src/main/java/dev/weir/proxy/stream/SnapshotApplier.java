package dev.weir.proxy.stream;

import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.config.stream.Snapshot;
import java.util.List;

/// Makes a snapshot what the proxy runs. Called on the stream's thread, one call at a time.
@FunctionalInterface
public interface SnapshotApplier {
  /// Returns when every loop runs the result. Never throws for what the snapshot says: a
  /// LoadBalancer that is wrong is rejected alone, keeps its last good set, and is in the result.
  ApplyResult apply(Snapshot wanted);

  /// The controller, or what was kept from an earlier run, says where this proxy runs. Called when
  /// that is another zone than before.
  default void zone(String zone) {}

  /// What was counted for those of the LoadBalancers that run, since the process started.
  default List<LoadBalancerTraffic> traffic(List<String> loadBalancers) {
    return List.of();
  }
}
