package dev.weir.controller.status;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.ProxyGroup;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The LoadBalancers of which a proxy has still to say that it runs them, by group: an ack concerns
/// no others. Safe for any thread.
final class Unsettled {
  private final Map<ObjectName, ProxyGroup> groups = new HashMap<>();
  private final Map<ProxyGroup, Set<ObjectName>> names = new HashMap<>();

  synchronized void add(ObjectName name, ProxyGroup group) {
    if (!group.equals(groups.get(name))) {
      remove(name);
      groups.put(name, group);
      names.computeIfAbsent(group, g -> new LinkedHashSet<>()).add(name);
    }
  }

  synchronized void remove(ObjectName name) {
    ProxyGroup group = groups.remove(name);
    if (group != null) {
      names.computeIfPresent(
          group,
          (g, all) -> {
            all.remove(name);
            return all.isEmpty() ? null : all;
          });
    }
  }

  /// Those of a group, at this moment.
  synchronized List<ObjectName> of(ProxyGroup group) {
    return List.copyOf(names.getOrDefault(group, Set.of()));
  }
}
