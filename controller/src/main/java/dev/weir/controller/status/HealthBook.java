package dev.weir.controller.status;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.config.stream.Frame;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What connected proxies say of endpoints. Safe for any thread; forgotten with the session.
///
/// Pods come and go while streams stay, and nobody says that an endpoint is gone: of those that a
/// LoadBalancer has not any more about as many are kept as it has, since a proxy that refuses a
/// change still runs what was before.
public final class HealthBook {
  private static final int SPARE = 100;
  private static final long RECENT_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Map<Long, Map<String, Map<Place, Said>>> sessions = new ConcurrentHashMap<>();

  /// An endpoint of a pool. Many sessions speak of the same: each text is kept once.
  private record Place(String pool, String endpoint) {}

  /// @param heard when, as [System#nanoTime]
  private record Said(boolean healthy, String reason, Instant since, long heard) {
    static Said of(EndpointHealth health, long now) {
      String reason = health.healthy() ? health.reason().intern() : health.reason();
      return new Said(health.healthy(), reason, health.since(), now);
    }

    EndpointHealth of(Place place) {
      return new EndpointHealth(place.pool, place.endpoint, healthy, reason, since);
    }
  }

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
  /// @param now as [System#nanoTime]
  /// @return the LoadBalancers, as `namespace/name`, whose endpoints changed
  Set<String> report(long session, Frame.Health report, long now) {
    Set<String> changed = new HashSet<>();
    Map<String, Map<Place, Said>> all =
        sessions.computeIfAbsent(session, s -> new ConcurrentHashMap<>());
    if (report.full()) {
      changed.addAll(all.keySet());
      all.clear();
    }
    for (EndpointHealth health : report.changes()) {
      String owner = owner(health.pool());
      if (owner != null) {
        changed.add(owner);
        var place = new Place(health.pool().intern(), health.endpoint().intern());
        all.compute(
            owner,
            (o, known) -> {
              Map<Place, Said> places = known == null ? new ConcurrentHashMap<>(2) : known;
              places.put(place, Said.of(health, now));
              return places;
            });
      }
    }
    return changed;
  }

  /// The LoadBalancer of a pool; null for a name that no pool has.
  private static @Nullable String owner(String pool) {
    int slash = pool.lastIndexOf('/');
    return slash > 0 ? pool.substring(0, slash) : null;
  }

  /// All that a session says now; null when it has not said anything yet.
  public @Nullable List<EndpointHealth> all(long session) {
    Map<String, Map<Place, Said>> all = sessions.get(session);
    if (all == null) {
      return null;
    }
    List<EndpointHealth> told = new ArrayList<>();
    all.values().forEach(places -> places.forEach((place, said) -> told.add(said.of(place))));
    return told;
  }

  /// Whether the session has said anything.
  boolean knows(long session) {
    return sessions.containsKey(session);
  }

  void forget(long session) {
    sessions.remove(session);
  }

  /// A LoadBalancer is gone.
  void forget(String loadBalancer) {
    sessions.values().forEach(all -> all.remove(loadBalancer));
  }

  /// Forgets, where too much has gathered, what a session said more than a minute ago of endpoints
  /// that a LoadBalancer has not any more.
  ///
  /// @param wanted all that it has
  /// @param now as [System#nanoTime]
  void tidy(long session, String loadBalancer, List<EndpointsConfig> wanted, long now) {
    Map<String, Map<Place, Said>> all = sessions.get(session);
    Map<Place, Said> places = all == null ? null : all.get(loadBalancer);
    int count = wanted.stream().mapToInt(pool -> pool.endpoints().size()).sum();
    if (places == null || places.size() <= 2 * count + SPARE) {
      return;
    }
    Set<Place> present = new HashSet<>();
    for (EndpointsConfig pool : wanted) {
      pool.endpoints().forEach(e -> present.add(new Place(pool.pool(), e.authority())));
    }
    places
        .entrySet()
        .removeIf(e -> now - e.getValue().heard > RECENT_NANOS && !present.contains(e.getKey()));
  }

  /// What these sessions say of one endpoint of a pool.
  public Votes votes(List<Long> of, String pool, String endpoint) {
    int healthy = 0;
    int reporting = 0;
    EndpointHealth complaint = null;
    String owner = owner(pool);
    var place = new Place(pool, endpoint);
    for (Long session : of) {
      Map<String, Map<Place, Said>> all = sessions.get(session);
      Map<Place, Said> places = all == null || owner == null ? null : all.get(owner);
      Said said = places == null ? null : places.get(place);
      if (said == null) {
        continue;
      }
      reporting++;
      if (said.healthy) {
        healthy++;
      } else if (complaint == null) {
        complaint = said.of(place);
      }
    }
    return new Votes(healthy, reporting, complaint);
  }
}
