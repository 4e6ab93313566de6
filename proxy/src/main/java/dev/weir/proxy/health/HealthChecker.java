package dev.weir.proxy.health;

import dev.weir.config.EndpointsConfig;
import dev.weir.config.stream.EndpointHealth;
import dev.weir.proxy.net.EventLoops;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Checks the endpoints of all pools and is the one writer of their health.
///
/// A check starts one interval after the end of the one before, the first at a random moment within
/// the interval, so that checks never overlap and spread by themselves. Thread: public methods any,
/// everything else the control loop.
public final class HealthChecker {
  private final EventLoops loops;
  private final MissingAddress missingAddress;
  private final HealthListener listener;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final Map<Endpoint, Check> checks = new ConcurrentHashMap<>();
  private final Map<Pool, Set<Endpoint>> members = new HashMap<>();
  private final Map<String, Map<String, EndpointHealth>> told = new HashMap<>();
  private boolean refreshing;

  /// @param listener hears of changes
  /// @param random spreads the first checks
  public HealthChecker(
      EventLoops loops,
      MissingAddress missingAddress,
      HealthListener listener,
      RandomGenerator random,
      InstantSource clock) {
    this.loops = loops;
    this.missingAddress = missingAddress;
    this.listener = listener;
    this.random = random;
    this.clock = clock;
  }

  /// Makes the checks those of the pool's endpoints and settings as they are now.
  public void refresh(Pool pool) {
    loops.control().execute(() -> refreshNow(pool));
  }

  /// Ends all checks of a pool.
  public void forget(Pool pool) {
    loops.control().execute(() -> forgetNow(pool));
  }

  /// What is known of an endpoint's health.
  public EndpointStatus status(Endpoint endpoint) {
    Check check = checks.get(endpoint);
    return check == null
        ? new EndpointStatus(endpoint.healthy(), "NotCheckedYet", Instant.EPOCH)
        : check.status();
  }

  /// What happened in the checks of an endpoint so far.
  ///
  /// @param transitions changes between healthy and not
  public record Counts(long passed, long failed, long transitions) {}

  /// How often an endpoint was checked; zeros for one that never was.
  public Counts counts(Endpoint endpoint) {
    Check check = checks.get(endpoint);
    return check == null
        ? new Counts(0, 0, 0)
        : new Counts(check.passed(), check.failed(), check.transitions());
  }

  /// The health of all endpoints of the pools, one entry for each configured address and port.
  public List<EndpointHealth> health(Iterable<Pool> pools) {
    var all = new ArrayList<EndpointHealth>();
    for (Pool pool : pools) {
      var byAuthority = new LinkedHashMap<String, EndpointHealth>();
      for (Endpoint endpoint : pool.endpoints().all()) {
        byAuthority.merge(
            endpoint.config().authority(),
            health(pool, endpoint),
            (a, b) -> !a.healthy() && b.healthy() ? b : a);
      }
      all.addAll(byAuthority.values());
    }
    return all;
  }

  EventLoops loops() {
    return loops;
  }

  Instant now() {
    return clock.instant();
  }

  Duration spread(Duration interval) {
    return Duration.ofMillis(random.nextLong(Math.max(1, interval.toMillis())));
  }

  String missingAddress(Pool pool, EndpointsConfig.Endpoint endpoint) {
    return missingAddress.reason(pool, endpoint);
  }

  void changed(Check check) {
    if (refreshing) {
      return;
    }
    EndpointHealth now = aggregate(check.pool(), check.endpoint().config().authority());
    if (now != null) {
      tell(now);
    }
  }

  private void refreshNow(Pool pool) {
    Set<Endpoint> gone = members.getOrDefault(pool, Set.of());
    var current = new LinkedHashSet<>(pool.endpoints().all());
    for (Endpoint endpoint : gone) {
      if (!current.contains(endpoint)) {
        end(endpoint);
      }
    }
    members.put(pool, current);
    refreshing = true;
    for (Endpoint endpoint : current) {
      checks.computeIfAbsent(endpoint, e -> new Check(this, pool, e)).refresh();
    }
    refreshing = false;
    var authorities = new HashSet<String>();
    for (EndpointHealth health : health(List.of(pool))) {
      authorities.add(health.endpoint());
      tell(health);
    }
    told.getOrDefault(pool.name(), new HashMap<>()).keySet().retainAll(authorities);
  }

  private void forgetNow(Pool pool) {
    Set<Endpoint> gone = members.remove(pool);
    if (gone != null) {
      gone.forEach(this::end);
      told.remove(pool.name());
    }
  }

  private void end(Endpoint endpoint) {
    Check check = checks.remove(endpoint);
    if (check != null) {
      check.stop();
    }
  }

  private void tell(EndpointHealth health) {
    var pool = told.computeIfAbsent(health.pool(), name -> new HashMap<>());
    if (!health.equals(pool.put(health.endpoint(), health))) {
      listener.changed(health);
    }
  }

  private @Nullable EndpointHealth aggregate(Pool pool, String authority) {
    EndpointHealth result = null;
    for (Endpoint endpoint : pool.endpoints().all()) {
      if (endpoint.config().authority().equals(authority)) {
        EndpointHealth health = health(pool, endpoint);
        result = result == null || (!result.healthy() && health.healthy()) ? health : result;
      }
    }
    return result;
  }

  private EndpointHealth health(Pool pool, Endpoint endpoint) {
    EndpointStatus status = status(endpoint);
    return new EndpointHealth(
        pool.name(),
        endpoint.config().authority(),
        status.healthy(),
        status.reason(),
        status.since());
  }
}
