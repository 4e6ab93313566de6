package dev.weir.controller.canary;

import dev.weir.config.render.ObjectName;
import dev.weir.config.stream.Digest;
import dev.weir.config.stream.ProxyGroup;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceType;
import dev.weir.config.stream.Resources;
import dev.weir.controller.stream.Gate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The stages of all LoadBalancers, as the leader says. Any thread.
public final class Stages implements Gate {
  private static final int MAX_TRIED = 1000;

  private final Map<String, Stage> stages = new ConcurrentHashMap<>();
  private final Map<String, List<Resource>> proven = new ConcurrentHashMap<>();
  private final Map<String, ProxyGroup> stopped = new ConcurrentHashMap<>();
  private final Map<String, ProxyGroup> tried = new ConcurrentHashMap<>();
  private final Function<ObjectName, @Nullable ProxyGroup> groupOf;
  private final Function<ProxyGroup, Resources> wanted;

  /// @param groupOf who runs a LoadBalancer; null for nobody
  /// @param wanted what a group should run now
  public Stages(
      Function<ObjectName, @Nullable ProxyGroup> groupOf, Function<ProxyGroup, Resources> wanted) {
    this.groupOf = groupOf;
    this.wanted = wanted;
  }

  /// What a LoadBalancer is equal by, its endpoints aside; [Digest#EMPTY] when there is none.
  public static Digest content(Resources all, String loadBalancer) {
    return Resources.sum(
        all.ofLoadBalancer(loadBalancer).stream()
            .filter(resource -> resource.key().type() != ResourceType.Endpoints)
            .toList());
  }

  /// The stage of a LoadBalancer.
  public Stage of(String loadBalancer) {
    return stages.getOrDefault(loadBalancer, Stage.UNKNOWN);
  }

  /// All stages that are known.
  public Map<String, Stage> all() {
    return new HashMap<>(stages);
  }

  /// The LoadBalancers of the group whose latest has not proved good.
  public Set<String> unproven(ProxyGroup group, Set<ObjectName> members) {
    Resources latest = wanted.apply(group);
    Set<String> names = new HashSet<>();
    for (ObjectName member : members) {
      String name = member.toString();
      if (!content(latest, name).equals(of(name).proven())) {
        names.add(name);
      }
    }
    return names;
  }

  /// Takes in what the leader says.
  ///
  /// @param stage [Stage#UNKNOWN] for a LoadBalancer that is gone
  public void put(String loadBalancer, Stage stage) {
    ProxyGroup group = groupOf.apply(ObjectName.parse(loadBalancer));
    Stage.Trial trial = stage.trial();
    stopped.remove(loadBalancer);
    tried.remove(loadBalancer);
    if (group != null && trial != null) {
      (trial.stopped() == null ? tried : stopped).put(loadBalancer, group);
    }
    if (stage.equals(Stage.UNKNOWN)) {
      stages.remove(loadBalancer);
      proven.remove(loadBalancer);
    } else {
      keep(loadBalancer, stage, group);
      stages.put(loadBalancer, stage);
    }
  }

  private void keep(String loadBalancer, Stage stage, @Nullable ProxyGroup group) {
    if (group == null || stage.proven() == null) {
      proven.remove(loadBalancer);
      return;
    }
    Resources latest = wanted.apply(group);
    if (content(latest, loadBalancer).equals(stage.proven())) {
      proven.put(loadBalancer, latest.ofLoadBalancer(loadBalancer));
    } else if (!stage.proven().equals(of(loadBalancer).proven())) {
      proven.remove(loadBalancer);
    }
  }

  @Override
  public boolean passes(String loadBalancer, Resources latest, String proxyId) {
    Digest content = content(latest, loadBalancer);
    Stage stage = of(loadBalancer);
    Stage.Trial trial = stage.trial();
    return content.equals(Digest.EMPTY)
        || content.equals(stage.proven())
        || trial != null
            && trial.stopped() == null
            && content.equals(trial.content())
            && proxyId.equals(trial.proxy());
  }

  @Override
  public @Nullable List<Resource> proven(String loadBalancer) {
    return proven.get(loadBalancer);
  }

  @Override
  public Set<String> stopped(ProxyGroup group) {
    return of(stopped, group);
  }

  @Override
  public Set<String> tried(ProxyGroup group) {
    return tried.size() > MAX_TRIED ? Set.of() : of(tried, group);
  }

  private static Set<String> of(Map<String, ProxyGroup> loadBalancers, ProxyGroup group) {
    if (loadBalancers.isEmpty()) {
      return Set.of();
    }
    Set<String> names = new HashSet<>();
    loadBalancers.forEach(
        (name, of) -> {
          if (of.equals(group)) {
            names.add(name);
          }
        });
    return names;
  }
}
