package dev.weir.config.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// An immutable set of resources in key order, with its digest.
///
/// A change makes a new set that shares all but a few nodes with the old one, and [SnapshotDiff]
/// skips what two sets share: work depends on the change, not on the size. Inside it is a treap
/// whose priorities come from the keys, so that the same keys always give the same shape.
public final class Resources implements Iterable<Resource> {
  /// No resources.
  public static final Resources EMPTY = new Resources(null, 0, Digest.EMPTY);

  private static final long SEED = ThreadLocalRandom.current().nextLong();

  private final @Nullable Node root;
  private final int size;
  private volatile @Nullable Digest digest;

  private Resources(@Nullable Node root, int size, @Nullable Digest digest) {
    this.root = root;
    this.size = size;
    this.digest = digest;
  }

  /// These resources; of two with one key the later counts.
  public static Resources of(Iterable<Resource> resources) {
    var all = EMPTY;
    for (Resource resource : resources) {
      all = all.with(resource);
    }
    return all;
  }

  /// How many there are.
  public int size() {
    return size;
  }

  /// Whether there are none.
  public boolean isEmpty() {
    return size == 0;
  }

  /// The digest of the set: in constant time, but for resources that were never written.
  public Digest digest() {
    Digest known = digest;
    if (known == null) {
      known = sum(this);
      digest = known;
    }
    return known;
  }

  /// The resource of that name; null when there is none.
  public @Nullable Resource get(ResourceKey key) {
    Node node = root;
    while (node != null) {
      int order = key.compareTo(node.value.key());
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  /// This set with the resource in the place of what had its key.
  public Resources with(Resource resource) {
    Resource old = get(resource.key());
    if (resource.equals(old)) {
      return this;
    }
    Digest without = without(digest, old);
    return new Resources(
        put(root, new Node(resource, priority(resource.key()), null, null)),
        old == null ? size + 1 : size,
        without == null || !resource.isHashed()
            ? null
            : without.plus(resource.key(), resource.hash()));
  }

  /// This set without the resource of that name; the same object when there is none.
  public Resources without(ResourceKey key) {
    Resource old = get(key);
    return old == null ? this : new Resources(remove(root, key), size - 1, without(digest, old));
  }

  private static final ResourceType[] PARTS = {
    ResourceType.Endpoints, ResourceType.Certificate, ResourceType.Trust
  };

  /// All resources of one LoadBalancer: its own and its parts, in key order.
  ///
  /// @param name `namespace/name`
  public List<Resource> ofLoadBalancer(String name) {
    var found = new ArrayList<Resource>();
    Resource own = get(new ResourceKey(ResourceType.LoadBalancer, name));
    if (own != null) {
      found.add(own);
    }
    String prefix = name + "/";
    for (ResourceType type : PARTS) {
      collect(root, type, prefix, found);
    }
    return found;
  }

  /// What all resources of one LoadBalancer are equal by; [Digest#EMPTY] when there are none.
  public Digest digestOf(String loadBalancer) {
    return sum(ofLoadBalancer(loadBalancer));
  }

  /// This set with all resources of one LoadBalancer replaced by those that the other set has of
  /// it.
  public Resources withLoadBalancerOf(Resources other, String name) {
    Resources result = this;
    for (Resource resource : ofLoadBalancer(name)) {
      if (other.get(resource.key()) == null) {
        result = result.without(resource.key());
      }
    }
    for (Resource resource : other.ofLoadBalancer(name)) {
      result = result.with(resource);
    }
    return result;
  }

  /// In key order: types in the order of [ResourceType], then names.
  @Override
  public Iterator<Resource> iterator() {
    return new InOrder(root);
  }

  /// Equal when the digests are.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Resources resources && digest().equals(resources.digest());
  }

  @Override
  public int hashCode() {
    return digest().hashCode();
  }

  @Override
  public String toString() {
    return size + " resources, digest " + digest();
  }

  @Nullable Node root() {
    return root;
  }

  /// The digest of these resources, added up anew.
  public static Digest sum(Iterable<Resource> resources) {
    Digest sum = Digest.EMPTY;
    for (Resource resource : resources) {
      sum = sum.plus(resource.key(), resource.hash());
    }
    return sum;
  }

  /// The digest without one member; null when that takes the hash of what was never written.
  private static @Nullable Digest without(@Nullable Digest digest, @Nullable Resource member) {
    if (digest == null || member == null) {
      return digest;
    }
    return member.isHashed() ? digest.minus(member.key(), member.hash()) : null;
  }

  private static void collect(
      @Nullable Node node, ResourceType type, String prefix, List<Resource> found) {
    if (node == null) {
      return;
    }
    ResourceKey key = node.value.key();
    boolean in = key.type() == type && key.name().startsWith(prefix);
    int order = key.type().compareTo(type);
    boolean before = !in && (order == 0 ? key.name().compareTo(prefix) < 0 : order < 0);
    if (!before) {
      collect(node.left, type, prefix, found);
    }
    if (in) {
      found.add(node.value);
    }
    if (before || in) {
      collect(node.right, type, prefix, found);
    }
  }

  private static Node put(@Nullable Node node, Node added) {
    if (node == null) {
      return added;
    }
    int order = added.value.key().compareTo(node.value.key());
    if (order == 0) {
      return new Node(added.value, node.priority, node.left, node.right);
    }
    if (added.above(node)) {
      return new Node(
          added.value,
          added.priority,
          below(node, added.value.key()),
          above(node, added.value.key()));
    }
    return order < 0
        ? new Node(node.value, node.priority, put(node.left, added), node.right)
        : new Node(node.value, node.priority, node.left, put(node.right, added));
  }

  private static @Nullable Node below(@Nullable Node node, ResourceKey key) {
    if (node == null) {
      return null;
    }
    return node.value.key().compareTo(key) < 0
        ? new Node(node.value, node.priority, node.left, below(node.right, key))
        : below(node.left, key);
  }

  private static @Nullable Node above(@Nullable Node node, ResourceKey key) {
    if (node == null) {
      return null;
    }
    return node.value.key().compareTo(key) > 0
        ? new Node(node.value, node.priority, above(node.left, key), node.right)
        : above(node.right, key);
  }

  private static @Nullable Node remove(@Nullable Node node, ResourceKey key) {
    if (node == null) {
      return null;
    }
    int order = key.compareTo(node.value.key());
    if (order == 0) {
      return merge(node.left, node.right);
    }
    return order < 0
        ? new Node(node.value, node.priority, remove(node.left, key), node.right)
        : new Node(node.value, node.priority, node.left, remove(node.right, key));
  }

  private static @Nullable Node merge(@Nullable Node left, @Nullable Node right) {
    if (left == null) {
      return right;
    }
    if (right == null) {
      return left;
    }
    return left.above(right)
        ? new Node(left.value, left.priority, left.left, merge(left.right, right))
        : new Node(right.value, right.priority, merge(left, right.left), right.right);
  }

  /// Seeded per process, so that nobody can choose names that make the tree deep.
  private static long priority(ResourceKey key) {
    long h = SEED + key.type().name().hashCode();
    for (int i = 0; i < key.name().length(); i++) {
      h = (h ^ key.name().charAt(i)) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 32;
    }
    return h;
  }

  static final class Node {
    final Resource value;
    final long priority;
    final @Nullable Node left;
    final @Nullable Node right;

    Node(Resource value, long priority, @Nullable Node left, @Nullable Node right) {
      this.value = value;
      this.priority = priority;
      this.left = left;
      this.right = right;
    }

    boolean above(Node other) {
      return priority > other.priority
          || (priority == other.priority && value.key().compareTo(other.value.key()) < 0);
    }
  }

  private static final class InOrder implements Iterator<Resource> {
    private final ArrayDeque<Node> path = new ArrayDeque<>();

    InOrder(@Nullable Node root) {
      descend(root);
    }

    private void descend(@Nullable Node node) {
      for (Node n = node; n != null; n = n.left) {
        path.push(n);
      }
    }

    @Override
    public boolean hasNext() {
      return !path.isEmpty();
    }

    @Override
    public Resource next() {
      if (path.isEmpty()) {
        throw new NoSuchElementException();
      }
      Node node = path.pop();
      descend(node.right);
      return node.value;
    }
  }
}
