package dev.weir.controller.infra;

import dev.weir.config.stream.ProxyGroup;
import java.util.ArrayList;
import java.util.List;

/// The Secrets of a group's bundle: two sets of parts, which are written in turn, so that a whole
/// bundle is there at any moment, and the key.
///
/// @param namespace where they and the proxies' pods are
/// @param owned what the Secrets' names start with: the name of the proxies' ServiceAccount
public record BundlePlace(String namespace, String owned) {
  /// How many parts a bundle may have.
  public static final int MAX_PARTS = 8;

  /// The file of the key, in the Secret as in the pod.
  public static final String KEY = "key";

  /// The file of a part in its Secret.
  public static final String PART = "bundle";

  /// Where the parts are written in turn.
  public enum Slot {
    A,
    B;

    /// The other one.
    public Slot other() {
      return this == A ? B : A;
    }

    /// The file of a part in a pod: `a0`.
    public String file(int part) {
      return (this == A ? "a" : "b") + part;
    }
  }

  /// Where a group's is.
  ///
  /// @param system the controller's namespace, where the ServiceAccounts of fleets are
  public static BundlePlace of(ProxyGroup group, String system) {
    return switch (group) {
      case ProxyGroup.Fleet(String name) -> new BundlePlace(system, name + "-fleet-weir");
      case ProxyGroup.Own(String namespace, String name) ->
          new BundlePlace(namespace, OwnedNames.of(name));
    };
  }

  /// The Secret of a part: `edge-fleet-weir-bundle-a0`.
  public String part(Slot slot, int part) {
    return owned + "-bundle-" + slot.file(part);
  }

  /// The Secret of the key.
  public String key() {
    return owned + "-bundle-" + KEY;
  }

  /// What a pod mounts: the file by the Secret that has it as [#PART].
  public record Mounted(String secret, String file) {}

  /// The files of all parts that there may be.
  public List<Mounted> mounted() {
    List<Mounted> all = new ArrayList<>();
    for (Slot slot : Slot.values()) {
      for (int i = 0; i < MAX_PARTS; i++) {
        all.add(new Mounted(part(slot, i), slot.file(i)));
      }
    }
    return all;
  }
}
