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
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.Version;
import dev.weir.controller.stream.Wanted;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the proxies of one fleet, or of one LoadBalancer, are to run. Written by the reconciler's
/// thread; [#wanted] may be read by any.
final class Group {
  private final Map<ObjectName, Member> members = new TreeMap<>();
  private Resources resources = Resources.EMPTY;
  private Set<String> held = Set.of();
  private final Set<ObjectName> dirty = new HashSet<>();
  private final Map<ObjectName, Version> changedAt = new ConcurrentHashMap<>();
  private volatile @Nullable Wanted wanted;

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
    Member before = members.put(name, member);
    boolean sameClaims =
        before != null
            && before.conflicts().isEmpty()
            && claims(before.config()).equals(claims(member.config()))
            && before.config() != null;
    if (sameClaims) {
      serve(name, member.config(), member.endpoints(), member.credentials(), List.of());
      return Set.of();
    }
    return decide(name);
  }

  /// Forgets a member.
  ///
  /// @return the members whose conflicts changed
  Set<ObjectName> remove(ObjectName name) {
    Member before = members.remove(name);
    if (before == null) {
      return Set.of();
    }
    replace(name, List.of());
    changedAt.remove(name);
    return decide(name);
  }

  /// Takes in endpoints of a member's pools alone.
  void endpoints(Member member, List<EndpointsConfig> latest, List<Problem> problems) {
    ObjectName name = member.seen().resource().name();
    boolean current = member.served() != null && member.served().equals(member.config());
    members.put(
        name,
        new Member(
            member.seen(),
            member.config(),
            latest,
            member.credentials(),
            problems,
            member.conflicts(),
            member.served(),
            current ? latest : member.servedEndpoints(),
            member.servedCredentials()));
    if (current) {
      Resources before = resources;
      for (EndpointsConfig endpoints : latest) {
        resources = resources.with(Resource.of(endpoints));
      }
      if (!resources.equals(before)) {
        dirty.add(name);
      }
    }
  }

  private static List<BindClaims.Claim> claims(@Nullable LoadBalancerConfig config) {
    return config == null ? List.of() : BindClaims.of(config);
  }

  /// Decides who runs what: latest renderings first, then the last good ones of those that lost a
  /// port.
  private Set<ObjectName> decide(ObjectName cause) {
    Map<ObjectName, List<Problem>> losers = Conflicts.find(candidates(Set.of()));
    Map<ObjectName, List<Problem>> out =
        losers.isEmpty() ? Map.of() : Conflicts.find(candidates(losers.keySet()));
    Set<ObjectName> changed = new HashSet<>();
    for (Member member : List.copyOf(members.values())) {
      ObjectName name = member.seen().resource().name();
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
        endpoints = member.servedEndpoints();
        credentials = member.servedCredentials();
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

  private List<Candidate> candidates(Set<ObjectName> losers) {
    List<Candidate> candidates = new ArrayList<>();
    for (Member member : members.values()) {
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
    members.put(name, member.serving(config, endpoints, credentials, conflicts));
    List<Resource> wantedNow = new ArrayList<>();
    if (config != null) {
      wantedNow.add(Resource.of(config));
      endpoints.forEach(e -> wantedNow.add(Resource.of(e)));
      credentials.certificates().forEach(c -> wantedNow.add(Resource.of(c)));
      credentials.trusts().forEach(t -> wantedNow.add(Resource.of(t)));
    }
    replace(name, wantedNow);
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
  /// @return whether it did
  boolean publish(Version version) {
    Set<String> holding = new HashSet<>();
    members.forEach(
        (name, member) -> {
          if (member.held()) {
            holding.add(name.toString());
          }
        });
    Wanted before = wanted;
    if (before != null
        && sameEpoch(before.snapshot().version(), version)
        && before.snapshot().resources().equals(resources)
        && holding.equals(held)) {
      return false;
    }
    held = Set.copyOf(holding);
    for (ObjectName name : dirty) {
      if (members.containsKey(name)) {
        changedAt.put(name, version);
      }
    }
    dirty.clear();
    wanted = new Wanted(new Snapshot(version, resources), held);
    return true;
  }

  /// The version with which what the member serves last changed; null before it was published. Any
  /// thread.
  @Nullable Version changedAt(ObjectName name) {
    return changedAt.get(name);
  }

  private static boolean sameEpoch(Version a, Version b) {
    return a.lease().equals(b.lease()) && a.transitions() == b.transitions();
  }
}
