package dev.weir.controller.reconcile;

import dev.weir.config.BindConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.render.ObjectName;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Who wants which ports, in its latest version or in the one that is served: a change concerns
/// nobody but those that it reaches over ports in common. Used by one thread.
final class PortUsers {
  private final Map<Integer, Set<ObjectName>> users = new HashMap<>();
  private final Map<ObjectName, Set<Integer>> ports = new HashMap<>();

  /// Takes in what a member wants now.
  ///
  /// @param member null for one that is gone
  void put(ObjectName name, @Nullable Member member) {
    Set<Integer> before = ports(name);
    Set<Integer> after = new TreeSet<>();
    if (member != null) {
      add(member.config(), after);
      add(member.served(), after);
    }
    if (after.equals(before)) {
      return;
    }
    for (Integer port : before) {
      Set<ObjectName> others = users.get(port);
      if (others != null && others.remove(name) && others.isEmpty()) {
        users.remove(port);
      }
    }
    after.forEach(port -> users.computeIfAbsent(port, p -> new TreeSet<>()).add(name));
    if (after.isEmpty()) {
      ports.remove(name);
    } else {
      ports.put(name, after);
    }
  }

  /// The ports of a member; empty for one that is not known.
  Set<Integer> ports(ObjectName name) {
    return ports.getOrDefault(name, Set.of());
  }

  /// Everybody on these ports, on the other ports of those, and so on.
  SortedSet<ObjectName> reach(Set<Integer> from) {
    SortedSet<ObjectName> reached = new TreeSet<>();
    var next = new ArrayDeque<>(from);
    Set<Integer> seen = new TreeSet<>(from);
    while (!next.isEmpty()) {
      for (ObjectName name : users.getOrDefault(next.remove(), Set.of())) {
        if (reached.add(name)) {
          ports(name).stream().filter(seen::add).forEach(next::add);
        }
      }
    }
    return reached;
  }

  private static void add(@Nullable LoadBalancerConfig config, Set<Integer> to) {
    if (config != null) {
      config.binds().stream().map(BindConfig::port).forEach(to::add);
    }
  }
}
