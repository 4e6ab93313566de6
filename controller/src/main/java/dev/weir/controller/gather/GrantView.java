package dev.weir.controller.gather;

import dev.weir.config.render.ObjectName;
import dev.weir.config.render.References.ReferentKind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a ReferenceGrant of the Gateway API means here: LoadBalancers of which namespaces may refer
/// to which objects of its own.
///
/// @param namespaces whose LoadBalancers may
record GrantView(ObjectName name, Set<String> namespaces, List<To> to) {

  /// Objects that may be referred to.
  ///
  /// @param name null for all of the kind
  record To(ReferentKind kind, @Nullable String name) {}

  GrantView {
    namespaces = Set.copyOf(namespaces);
    to = List.copyOf(to);
  }

  boolean allows(String from, ReferentKind kind, String object) {
    return namespaces.contains(from)
        && to.stream()
            .anyMatch(t -> t.kind() == kind && (t.name() == null || t.name().equals(object)));
  }
}
