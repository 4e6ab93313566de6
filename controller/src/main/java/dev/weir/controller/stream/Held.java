package dev.weir.controller.stream;

import dev.weir.config.stream.Digest;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.SnapshotDiff;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What a proxy should have when it may not have the latest of some LoadBalancers. Their endpoints
/// are always the latest: those go to everybody at once. Pure.
///
/// @param target what it should have
/// @param names the LoadBalancers of which that is not the latest
record Held(Resources target, Set<String> names) {

  /// @param has what the proxy has
  /// @param wanted what it should have but for the gate
  static Held of(Gate gate, ProxyInfo proxy, Resources has, Resources wanted) {
    if (gate == Gate.OPEN) {
      return new Held(wanted, Set.of());
    }
    Set<String> touched = new TreeSet<>(SnapshotDiff.loadBalancers(has, wanted));
    touched.addAll(gate.stopped(proxy.group()));
    Resources target = wanted;
    Set<String> names = new HashSet<>();
    for (String name : touched) {
      if (gate.passes(name, wanted, proxy.proxyId())) {
        continue;
      }
      List<Resource> proven = gate.proven(name);
      List<Resource> older = proven == null ? has.ofLoadBalancer(name) : proven;
      if (!content(older).equals(content(wanted.ofLoadBalancer(name)))) {
        target = withOlder(target, name, older);
        names.add(name);
      }
    }
    return new Held(target, Set.copyOf(names));
  }

  /// What a LoadBalancer's resources are equal by, endpoints aside; [Digest#EMPTY] for none.
  static Digest content(List<Resource> resources) {
    return Resources.sum(
        resources.stream().filter(r -> r.key().type() != ResourceType.Endpoints).toList());
  }

  private static Resources withOlder(Resources target, String name, List<Resource> older) {
    List<Resource> mixed = new ArrayList<>();
    Set<ResourceKey> keys = new HashSet<>();
    for (Resource resource : older) {
      Resource latest = target.get(resource.key());
      boolean endpoints = resource.key().type() == ResourceType.Endpoints;
      mixed.add(endpoints && latest != null ? latest : resource);
      keys.add(resource.key());
    }
    Resources result = target;
    for (Resource resource : target.ofLoadBalancer(name)) {
      if (!keys.contains(resource.key())) {
        result = result.without(resource.key());
      }
    }
    for (Resource resource : mixed) {
      result = result.with(resource);
    }
    return result;
  }
}
