package dev.weir.proxy.runtime;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which LoadBalancers that run have a bind with a port, so that a change is compared with those
/// alone that it may concern. Unix sockets have port 0. Thread: the apply thread.
final class RunningPorts {
  private final Map<Integer, Set<String>> users = new HashMap<>();

  /// Another one of that name runs from now on.
  ///
  /// @param before null when it is new
  /// @param now null when it is gone
  void replace(
      String name, @Nullable DecodedLoadBalancer before, @Nullable DecodedLoadBalancer now) {
    if (before != null) {
      for (Integer port : ports(before)) {
        users.computeIfPresent(
            port,
            (p, names) -> {
              names.remove(name);
              return names.isEmpty() ? null : names;
            });
      }
    }
    if (now != null) {
      ports(now).forEach(port -> users.computeIfAbsent(port, p -> new HashSet<>()).add(name));
    }
  }

  /// Who has a port in common with the LoadBalancer, itself as it runs included.
  SortedSet<String> near(DecodedLoadBalancer loadBalancer) {
    var names = new TreeSet<String>();
    ports(loadBalancer).forEach(port -> names.addAll(users.getOrDefault(port, Set.of())));
    return names;
  }

  private static Set<Integer> ports(DecodedLoadBalancer loadBalancer) {
    var ports = new HashSet<Integer>();
    loadBalancer.config().binds().forEach(bind -> ports.add(bind.port()));
    return ports;
  }
}
