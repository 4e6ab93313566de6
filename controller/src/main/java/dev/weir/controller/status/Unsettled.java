package dev.weir.controller.status;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Version;
import dev.weir.controller.stream.ProxyInfo;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The LoadBalancers of which a proxy has still to say that it runs them, by group: an ack concerns
/// no others, and of these only those that its proxy did not run when they were looked at. Safe for
/// any thread.
final class Unsettled {
  private final Map<ObjectName, ProxyGroup> groups = new HashMap<>();
  private final Map<ProxyGroup, Map<ObjectName, Runners>> names = new HashMap<>();

  /// @param since the version with which it last changed; null when nothing was published
  /// @param sessions who runs that
  private record Runners(@Nullable Version since, Set<Long> sessions) {
    boolean concerns(ProxyInfo proxy, Version acked) {
      return !sessions.contains(proxy.session())
          && (proxy.relayed() || since == null || !acked.before(since));
    }
  }

  /// It is about to be looked at.
  ///
  /// @param since the version with which it last changed; null when nothing was published
  synchronized void add(ObjectName name, ProxyGroup group, @Nullable Version since) {
    if (!group.equals(groups.get(name))) {
      remove(name);
      groups.put(name, group);
    }
    names
        .computeIfAbsent(group, g -> new LinkedHashMap<>())
        .compute(
            name,
            (n, known) ->
                known != null && Objects.equals(known.since, since)
                    ? known
                    : new Runners(since, Set.of()));
  }

  /// Who ran it when it was looked at. Ignored when it has changed since.
  synchronized void looked(ObjectName name, @Nullable Version since, Set<Long> sessions) {
    Map<ObjectName, Runners> all = names.get(groups.get(name));
    if (all != null) {
      all.computeIfPresent(
          name,
          (n, known) ->
              Objects.equals(known.since, since)
                  ? new Runners(since, Set.copyOf(sessions))
                  : known);
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

  /// Those that an ack of the proxy concerns.
  synchronized List<ObjectName> concerned(ProxyInfo proxy, Version acked) {
    return names.getOrDefault(proxy.group(), Map.of()).entrySet().stream()
        .filter(entry -> entry.getValue().concerns(proxy, acked))
        .map(Map.Entry::getKey)
        .toList();
  }
}
