package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Version;
import org.jspecify.annotations.Nullable;

/// Where the server learns what proxies should run. Asked and heard from any thread.
public interface SnapshotSource {

  /// What the group should run now, in memory already: this is called often and must not block.
  ///
  /// @return null while that is not known: the caches are not synced, the first full pass is not
  ///   done. Proxies then keep what they have. A group without any LoadBalancer has an empty
  ///   snapshot.
  @Nullable Wanted wanted(ProxyGroup group);

  /// A proxy of the group has followed that version, perhaps of another replica: from now on those
  /// of this one are higher, so that none goes back. Called when a proxy connects.
  ///
  /// @return false when that is not to be had: it is of another epoch, or from too far in the
  ///   future
  boolean follow(ProxyGroup group, Version seen);

  /// Tells the listener of every change from now on. Called once, before the first [#wanted].
  void subscribe(Listener listener);

  /// What is told of changes: a few memory writes, so any thread may call it, also while holding
  /// locks.
  interface Listener {
    /// [#wanted] of the group is another one, or has become known.
    void changed(ProxyGroup group);

    /// [#wanted] of every group may be another one.
    void allChanged();
  }
}
