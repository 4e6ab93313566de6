package dev.weir.proxy.stream;

import dev.weir.config.stream.ApplyResult;
import dev.weir.config.stream.Snapshot;

/// Makes a snapshot what the proxy runs. Called on the stream's thread, one call at a time.
@FunctionalInterface
public interface SnapshotApplier {
  /// Returns when every loop runs the result. Never throws for what the snapshot says: a
  /// LoadBalancer that is wrong is rejected alone, keeps its last good set, and is in the result.
  ApplyResult apply(Snapshot wanted);

  /// The controller, or what was kept from an earlier run, says where this proxy runs. Called when
  /// that is another zone than before.
  default void zone(String zone) {}
}
