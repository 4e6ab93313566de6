package dev.weir.config.stream;

import java.util.List;

/// What turns one snapshot into another.
///
/// @param version of the snapshot that it leads to
/// @param target the digest of the snapshot that it leads to
public record SnapshotDelta(
    Version version, Digest target, List<Resource> upserts, List<ResourceKey> removes) {

  public SnapshotDelta {
    upserts = List.copyOf(upserts);
    removes = List.copyOf(removes);
  }

  /// Which path a delta takes through a proxy.
  public enum Lane {
    /// Anything may change.
    All,
    /// Only endpoints of pools that stay: nothing is rebuilt.
    Endpoints
  }

  /// Whether nothing changes but the version.
  public boolean isEmpty() {
    return upserts.isEmpty() && removes.isEmpty();
  }

  /// [Lane#Endpoints] when nothing but endpoints changes and no pool comes or goes with them.
  public Lane lane() {
    boolean endpointsOnly =
        removes.isEmpty()
            && upserts.stream().allMatch(r -> r.key().type() == ResourceType.Endpoints);
    return endpointsOnly ? Lane.Endpoints : Lane.All;
  }
}
