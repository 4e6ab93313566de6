package dev.weir.config.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The difference between two sets of resources. Pure; parts that the sets share are skipped
/// unread.
public final class SnapshotDiff {
  private SnapshotDiff() {}

  /// What turns `from` into `to`, both lists in key order.
  public static SnapshotDelta between(Resources from, Snapshot to) {
    var upserts = new ArrayList<Resource>();
    var removes = new ArrayList<ResourceKey>();
    compare(new Cursor(from.root()), new Cursor(to.resources().root()), upserts, removes);
    return new SnapshotDelta(to.version(), to.digest(), upserts, removes);
  }

  /// The LoadBalancers of which anything differs.
  public static SortedSet<String> loadBalancers(Resources from, Resources to) {
    var upserts = new ArrayList<Resource>();
    var removes = new ArrayList<ResourceKey>();
    compare(new Cursor(from.root()), new Cursor(to.root()), upserts, removes);
    var names = new TreeSet<String>();
    upserts.forEach(resource -> names.add(resource.key().loadBalancer()));
    removes.forEach(key -> names.add(key.loadBalancer()));
    return names;
  }

  private static void compare(
      Cursor from, Cursor to, List<Resource> upserts, List<ResourceKey> removes) {
    while (true) {
      Resources.Node a = from.subtree();
      Resources.Node b = to.subtree();
      if (a == null && b == null) {
        return;
      }
      if (a == b && from.isSubtree() == to.isSubtree()) {
        from.skip();
        to.skip();
      } else if (b == null || (a != null && from.isSubtree() && !to.isSubtree())) {
        removeOrOpen(from, removes);
      } else if (a == null || (to.isSubtree() && !from.isSubtree())) {
        upsertOrOpen(to, upserts);
      } else if (from.isSubtree()) {
        openHigher(from, to);
      } else {
        int order = a.value.key().compareTo(b.value.key());
        if (order < 0) {
          removes.add(from.take().key());
        } else if (order > 0) {
          upserts.add(to.take());
        } else {
          Resource old = from.take();
          Resource wanted = to.take();
          if (!old.equals(wanted)) {
            upserts.add(wanted);
          }
        }
      }
    }
  }

  private static void removeOrOpen(Cursor from, List<ResourceKey> removes) {
    if (from.isSubtree()) {
      from.open();
    } else {
      removes.add(from.take().key());
    }
  }

  private static void upsertOrOpen(Cursor to, List<Resource> upserts) {
    if (to.isSubtree()) {
      to.open();
    } else {
      upserts.add(to.take());
    }
  }

  /// Opens the tree whose root is higher in the treap's order, both when the roots are the same
  /// key: equal subtrees then come to lie beside each other.
  private static void openHigher(Cursor from, Cursor to) {
    Resources.Node a = from.require();
    Resources.Node b = to.require();
    if (a.value.key().equals(b.value.key())) {
      from.open();
      to.open();
    } else if (a.above(b)) {
      from.open();
    } else {
      to.open();
    }
  }

  /// Walks a tree in key order; what comes next is a whole subtree or, once opened, a single
  /// resource.
  private static final class Cursor {
    private record Step(Resources.Node node, boolean whole) {}

    private final ArrayDeque<Step> next = new ArrayDeque<>();

    Cursor(Resources.@Nullable Node root) {
      push(root, true);
    }

    Resources.@Nullable Node subtree() {
      Step step = next.peek();
      return step == null ? null : step.node;
    }

    Resources.Node require() {
      return next.element().node;
    }

    boolean isSubtree() {
      return next.element().whole;
    }

    void skip() {
      next.pop();
    }

    Resource take() {
      return next.pop().node.value;
    }

    void open() {
      Resources.Node node = next.pop().node;
      push(node.right, true);
      push(node, false);
      push(node.left, true);
    }

    private void push(Resources.@Nullable Node node, boolean whole) {
      if (node != null) {
        next.push(new Step(node, whole));
      }
    }
  }
}
