package dev.weir.controller.status;

import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What connected proxies say of endpoints. Safe for any thread; forgotten with the session.
public final class HealthBook {
  private final Map<Long, Map<String, Map<String, EndpointHealth>>> sessions =
      new ConcurrentHashMap<>();

  /// What the proxies of a group think of one endpoint.
  ///
  /// @param healthy how many call it healthy
  /// @param reporting how many say anything
  /// @param complaint one of those that call it unhealthy; null when none does
  public record Votes(int healthy, int reporting, @Nullable EndpointHealth complaint) {
    /// Whether more than half of those that report call it healthy.
    public boolean isHealthy() {
      return healthy * 2 > reporting;
    }

    /// Whether proxies do not agree.
    public boolean split() {
      return healthy > 0 && healthy < reporting;
    }
  }

  /// Takes in a report.
  ///
  /// @return the pools whose endpoints changed
  Set<String> report(long session, Frame.Health report) {
    Set<String> changed = new HashSet<>();
    Map<String, Map<String, EndpointHealth>> pools =
        sessions.computeIfAbsent(session, s -> new ConcurrentHashMap<>());
    if (report.full()) {
      changed.addAll(pools.keySet());
      pools.clear();
    }
    for (EndpointHealth health : report.changes()) {
      changed.add(health.pool());
      pools
          .computeIfAbsent(health.pool(), p -> new ConcurrentHashMap<>())
          .put(health.endpoint(), health);
    }
    return changed;
  }

  /// All that a session says now; null when it has not said anything yet.
  public @Nullable List<EndpointHealth> all(long session) {
    Map<String, Map<String, EndpointHealth>> pools = sessions.get(session);
    return pools == null
        ? null
        : pools.values().stream().flatMap(pool -> pool.values().stream()).toList();
  }

  /// Whether the session has said anything.
  boolean knows(long session) {
    return sessions.containsKey(session);
  }

  void forget(long session) {
    sessions.remove(session);
  }

  /// What these sessions say of one endpoint of a pool.
  public Votes votes(List<Long> of, String pool, String endpoint) {
    int healthy = 0;
    int reporting = 0;
    List<EndpointHealth> complaints = new ArrayList<>(1);
    for (Long session : of) {
      Map<String, Map<String, EndpointHealth>> pools = sessions.get(session);
      Map<String, EndpointHealth> endpoints = pools == null ? null : pools.get(pool);
      EndpointHealth health = endpoints == null ? null : endpoints.get(endpoint);
      if (health == null) {
        continue;
      }
      reporting++;
      if (health.healthy()) {
        healthy++;
      } else if (complaints.isEmpty()) {
        complaints.add(health);
      }
    }
    return new Votes(healthy, reporting, complaints.isEmpty() ? null : complaints.getFirst());
  }
}
