package dev.weir.config.render;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// The name of an object in its namespace. Ordered by namespace, then name.
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
  private static final Comparator<ObjectName> ORDER =
      Comparator.comparing(ObjectName::namespace).thenComparing(ObjectName::name);

  /// Reads what [#toString] wrote; without a slash the namespace is empty.
  public static ObjectName parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? new ObjectName("", text)
        : new ObjectName(text.substring(0, slash), text.substring(slash + 1));
  }

  /// The object of the same namespace that a reference names.
  public ObjectName sibling(String other) {
    return new ObjectName(namespace, other);
  }

  /// The object that a reference names.
  ///
  /// @param otherNamespace null for the same one
  public ObjectName referred(@Nullable String otherNamespace, String other) {
    return otherNamespace == null ? sibling(other) : new ObjectName(otherNamespace, other);
  }

  @Override
  public int compareTo(ObjectName other) {
    return ORDER.compare(this, other);
  }

  /// `namespace/name`.
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
