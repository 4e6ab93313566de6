package dev.weir.config.stream;

/// All resources of one group of proxies at one version.
public record Snapshot(Version version, Resources resources) {

  /// What its content is equal by.
  public Digest digest() {
    return resources.digest();
  }

  /// This snapshot after the delta. Whether the result has the delta's target digest is the
  /// caller's check.
  public Snapshot plus(SnapshotDelta delta) {
    Resources result = resources;
    for (ResourceKey key : delta.removes()) {
      result = result.without(key);
    }
    for (Resource resource : delta.upserts()) {
      result = result.with(resource);
    }
    return new Snapshot(delta.version(), result);
  }
}
