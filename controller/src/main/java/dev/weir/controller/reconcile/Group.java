package dev.weir.controller.reconcile;

import dev.weir.config.BindClaims;
import dev.weir.config.Credentials;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.render.Conflicts;
import dev.weir.config.render.Conflicts.Candidate;
import dev.weir.config.render.ObjectName;
import dev.weir.config.render.Problem;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.Version;
import dev.weir.controller.stream.Wanted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the proxies of one fleet, or of one LoadBalancer, are to run. Written by the reconciler's
/// thread; [#wanted] may be read by any. Work depends on the change, and on those with whom the
/// changed member shares ports.
final class Group {
  private final Map<ObjectName, Member> members = new TreeMap<>();
  private Resources resources = Resources.EMPTY;
  private final PortUsers ports = new PortUsers();
  private final Set<String> holding = new HashSet<>();
  private Set<String> held = Set.of();
  private boolean holdingChanged;
  private final Set<ObjectName> dirty = new HashSet<>();
  private final Map<ObjectName, Served> served = new ConcurrentHashMap<>();
  private volatile @Nullable Wanted wanted;
  private volatile @Nullable Version floor;

  /// A member, or null.
  @Nullable Member member(ObjectName name) {
    return members.get(name);
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  /// What proxies should run; null before the first [#publish].
  @Nullable Wanted wanted() {
    return wanted;
  }

  /// Takes in a member's new rendering.
  ///
  /// @return the members whose conflicts changed, the given one aside
  Set<ObjectName> put(Member member) {
    ObjectName name = member.seen().resource().name();
    Set<Integer> touched = new HashSet<>(ports.ports(name));
    Member before = store(name, member);
    boolean sameClaims =
        before != null
            && before.conflicts().isEmpty()
            && claims(before.config()).equals(claims(member.config()))
            && before.config() != null;
    if (sameClaims) {
      serve(name, member.config(), member.endpoints(), member.credentials(), List.of());
      return Set.of();
    }
    touched.addAll(ports.ports(name));
    return decide(name, touched);
  }

  private @Nullable Member store(ObjectName name, Member member) {
    ports.put(name, member);
    hold(name, member.held());
    return members.put(name, member);
  }

  private void hold(ObjectName name, boolean holds) {
    holdingChanged |= holds ? holding.add(name.toString()) : holding.remove(name.toString());
  }

  /// Forgets a member.
  ///
  /// @return the members whose conflicts changed
  Set<ObjectName> remove(ObjectName name) {
    Member before = members.remove(name);
    if (before == null) {
      return Set.of();
    }
    Set<Integer> touched = ports.ports(name);
    ports.put(name, null);
    hold(name, false);
    replace(name, List.of());
    return decide(name, touched);
  }

  /// Takes in endpoints of a member's pools alone.
  ///
  /// @param changed `latest` as resources
  void endpoints(
      Member member, List<EndpointsConfig> latest, List<Resource> changed, List<Problem> problems) {
    ObjectName name = member.seen().resource().name();
    boolean current = member.served() != null && member.served().equals(member.config());
    store(
        name,
        new Member(
            member.seen(),
            member.config(),
            latest,
            member.credentials(),
            replaced(member.resources(), changed),
            problems,
            member.conflicts(),
            member.served(),
            current ? latest : member.servedEndpoints(),
            member.servedCredentials()));
    if (current) {
      Resources before = resources;
      for (Resource endpoints : changed) {
        resources = resources.with(endpoints);
      }
      if (!resources.equals(before)) {
        dirty.add(name);
      }
    }
  }

  private static List<Resource> replaced(List<Resource> all, List<Resource> changed) {
    Map<ResourceKey, Resource> byKey = new LinkedHashMap<>();
    all.forEach(resource -> byKey.put(resource.key(), resource));
    changed.forEach(resource -> byKey.put(resource.key(), resource));
    return List.copyOf(byKey.values());
  }

  private static List<BindClaims.Claim> claims(@Nullable LoadBalancerConfig config) {
    return config == null ? List.of() : BindClaims.of(config);
  }

  /// Decides who runs what: latest renderings first, then the last good ones of those that lost a
  /// port.
  ///
  /// @param touched the ports of the cause, before and after
  private Set<ObjectName> decide(ObjectName cause, Set<Integer> touched) {
    SortedSet<ObjectName> near = ports.reach(touched);
    if (members.containsKey(cause)) {
      near.add(cause);
    }
    Map<ObjectName, List<Problem>> losers = Conflicts.find(candidates(near, Set.of()));
    Map<ObjectName, List<Problem>> out =
        losers.isEmpty() ? Map.of() : Conflicts.find(candidates(near, losers.keySet()));
    Set<ObjectName> changed = new HashSet<>();
    for (ObjectName name : near) {
      Member member = Objects.requireNonNull(members.get(name));
      List<Problem> conflicts = losers.getOrDefault(name, List.of());
      LoadBalancerConfig running;
      List<EndpointsConfig> endpoints;
      Credentials credentials;
      if (out.containsKey(name)) {
        running = null;
        endpoints = List.of();
        credentials = Credentials.NONE;
      } else if (conflicts.isEmpty() && member.config() != null) {
        running = member.config();
        endpoints = member.endpoints();
        credentials = member.credentials();
      } else {
        running = member.served();
        boolean latest = running != null && running.equals(member.config());
        endpoints = latest ? member.endpoints() : member.servedEndpoints();
        credentials = latest ? member.credentials() : member.servedCredentials();
      }
      if (!conflicts.equals(member.conflicts())
          || !Objects.equals(running, member.served())
          || name.equals(cause)) {
        changed.add(name);
        serve(name, running, endpoints, credentials, conflicts);
      }
    }
    changed.remove(cause);
    return changed;
  }

  private List<Candidate> candidates(Set<ObjectName> near, Set<ObjectName> losers) {
    List<Candidate> candidates = new ArrayList<>();
    for (ObjectName name : near) {
      Member member = Objects.requireNonNull(members.get(name));
      var resource = member.seen().resource();
      boolean latest = member.config() != null && !losers.contains(resource.name());
      LoadBalancerConfig config = latest ? member.config() : member.served();
      if (config != null) {
        candidates.add(new Candidate(resource.name(), resource.created(), config));
      }
    }
    return candidates;
  }

  private void serve(
      ObjectName name,
      @Nullable LoadBalancerConfig config,
      List<EndpointsConfig> endpoints,
      Credentials credentials,
      List<Problem> conflicts) {
    Member member = Objects.requireNonNull(members.get(name));
    boolean asBefore = config != null && !config.equals(member.config());
    store(name, member.serving(config, endpoints, credentials, conflicts));
    if (!asBefore) {
      replace(name, config == null ? List.of() : member.resources());
    }
  }

  private void replace(ObjectName name, List<Resource> latest) {
    Resources next = resources.withLoadBalancerOf(Resources.of(latest), name.toString());
    if (!next.equals(resources)) {
      dirty.add(name);
    }
    resources = next;
  }

  /// Makes a new snapshot if anything changed.
  ///
  /// @return the LoadBalancers of which something else is served now; null when nothing changed
  @Nullable Set<ObjectName> publish(Version version) {
    Wanted before = wanted;
    if (before != null
        && sameEpoch(before.snapshot().version(), version)
        && !behind(before.snapshot().version())
        && before.snapshot().resources().equals(resources)
        && !holdingChanged) {
      return null;
    }
    if (holdingChanged) {
      held = Set.copyOf(holding);
      holdingChanged = false;
    }
    Set<ObjectName> changed = Set.copyOf(dirty);
    for (ObjectName name : changed) {
      if (members.containsKey(name)) {
        served.put(name, new Served(version, resources.digestOf(name.toString())));
      } else {
        served.remove(name);
      }
    }
    dirty.clear();
    wanted = new Wanted(new Snapshot(version, resources), held);
    return changed;
  }

  /// What is served of the member, and since when; null before it was published. Any thread.
  @Nullable Served served(ObjectName name) {
    return served.get(name);
  }

  /// The next snapshot is published also when only its version is new, if it is not above this one
  /// yet. Any thread.
  void raise(Version seen) {
    floor = seen;
  }

  private boolean behind(Version version) {
    Version least = floor;
    return least != null && sameEpoch(version, least) && version.counter() <= least.counter();
  }

  private static boolean sameEpoch(Version a, Version b) {
    return a.lease().equals(b.lease()) && a.transitions() == b.transitions();
  }
}
