package dev.weir.controller.stream;

import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.SnapshotDiff;
import java.util.ArrayList;
import java.util.List;

/// What one proxy runs, compared with what it should.
///
/// @param count how many resources differ; the lists have at most [#SAMPLES] of each kind
/// @param missing wanted, and not there
/// @param different there with another content
/// @param extra there, and not wanted
public record ProxyDifference(
    SessionState state,
    int count,
    List<String> missing,
    List<String> different,
    List<String> extra) {
  /// How many of each kind are named.
  public static final int SAMPLES = 100;

  /// @param running what the proxy said that it has
  static ProxyDifference of(SessionState state, Resources running, Snapshot wanted) {
    var delta = SnapshotDiff.between(running, wanted);
    List<String> missing = new ArrayList<>();
    List<String> different = new ArrayList<>();
    for (Resource resource : delta.upserts()) {
      boolean there = running.get(resource.key()) != null;
      (there ? different : missing).add(resource.key().toString());
    }
    return new ProxyDifference(
        state,
        delta.upserts().size() + delta.removes().size(),
        some(missing),
        some(different),
        some(delta.removes().stream().map(ResourceKey::toString).toList()));
  }

  private static List<String> some(List<String> names) {
    return List.copyOf(names.subList(0, Math.min(names.size(), SAMPLES)));
  }
}
