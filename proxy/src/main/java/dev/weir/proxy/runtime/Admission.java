package dev.weir.proxy.runtime;

import dev.weir.config.BindClaims;
import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.SnapshotDiff;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Decides which changes of a snapshot are taken: one LoadBalancer at a time, wholly or not at all.
/// Pure.
final class Admission {
  private static final int RANK_KEPT = 0;
  private static final int RANK_CHANGED = 1;
  private static final int RANK_NEW = 2;

  private final Generation current;
  private final RunningPorts ports;
  private final SortedMap<String, DecodedLoadBalancer> accepted = new TreeMap<>();
  private final SortedSet<String> removed = new TreeSet<>();
  private final List<Rejection> rejections = new ArrayList<>();

  private Admission(Generation current, RunningPorts ports) {
    this.current = current;
    this.ports = ports;
  }

  /// What is to be done.
  ///
  /// @param live the resources that run then
  /// @param accepted LoadBalancers that are new or changed
  /// @param removed LoadBalancers that go
  /// @param rejections why others stay as they are
  record Decision(
      Resources live,
      SortedMap<String, DecodedLoadBalancer> accepted,
      SortedSet<String> removed,
      List<Rejection> rejections) {}

  /// Compares what runs with what is wanted. Work depends on the difference, and on those who share
  /// ports with it.
  ///
  /// @param ports of `current`
  static Decision decide(Generation current, RunningPorts ports, Snapshot wanted, Decoder decoder) {
    var admission = new Admission(current, ports);
    admission.decode(wanted, decoder);
    admission.settlePorts();
    Resources live = wanted.resources();
    for (String name : admission.rejectedNames()) {
      live = live.withLoadBalancerOf(current.live().resources(), name);
    }
    return new Decision(live, admission.accepted, admission.removed, admission.rejections);
  }

  private void decode(Snapshot wanted, Decoder decoder) {
    Resources live = current.live().resources();
    for (String name : SnapshotDiff.loadBalancers(live, wanted.resources())) {
      List<Resource> resources = wanted.resources().ofLoadBalancer(name);
      if (resources.isEmpty()) {
        removed.add(name);
        continue;
      }
      LiveLoadBalancer running = current.loadBalancers().get(name);
      var result =
          decoder.decode(name, resources, running == null ? null : running.decoded(), live);
      rejections.addAll(result.rejections());
      if (result.loadBalancer() != null) {
        accepted.put(name, result.loadBalancer());
      }
    }
  }

  /// Who loses a port keeps its last good set, which may in turn take a port from somebody else:
  /// until nobody loses.
  private void settlePorts() {
    boolean settled = false;
    while (!settled) {
      settled = true;
      for (PortConflicts.Conflict conflict : PortConflicts.find(claims())) {
        if (accepted.remove(conflict.loser()) != null) {
          settled = false;
        }
        rejections.add(
            new Rejection(
                conflict.loser(),
                Rejection.PORT_CONFLICT,
                "listeners[" + conflict.listener() + "]." + conflict.why().field(),
                conflict.why().message()));
      }
    }
  }

  private List<PortConflicts.Claim> claims() {
    var near = new TreeSet<String>();
    accepted.values().forEach(decoded -> near.addAll(ports.near(decoded)));
    var claims = new ArrayList<PortConflicts.Claim>();
    for (String name : near) {
      LiveLoadBalancer running = current.loadBalancers().get(name);
      if (running != null && !accepted.containsKey(name) && !removed.contains(name)) {
        claims.add(claim(running.decoded(), RANK_KEPT));
      }
    }
    accepted.forEach(
        (name, decoded) -> {
          boolean isNew = !current.loadBalancers().containsKey(name);
          claims.add(claim(decoded, isNew ? RANK_NEW : RANK_CHANGED));
        });
    return claims;
  }

  private static PortConflicts.Claim claim(DecodedLoadBalancer decoded, int rank) {
    return new PortConflicts.Claim(decoded.name(), rank, BindClaims.of(decoded.config()));
  }

  private SortedSet<String> rejectedNames() {
    var names = new TreeSet<String>();
    for (Rejection rejection : rejections) {
      names.add(rejection.loadBalancer());
    }
    return names;
  }

  /// The endpoints-only case: nothing but pools' endpoints differs from what runs.
  static boolean endpointsOnly(DecodedLoadBalancer wanted, @Nullable LiveLoadBalancer running) {
    return running != null
        && wanted.config().equals(running.decoded().config())
        && wanted.certificates().equals(running.decoded().certificates())
        && wanted.trusts().equals(running.decoded().trusts());
  }
}
