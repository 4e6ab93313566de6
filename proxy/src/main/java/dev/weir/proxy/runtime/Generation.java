package dev.weir.proxy.runtime;

import dev.weir.config.stream.Rejection;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.Version;
import dev.weir.proxy.listener.Listener;
import dev.weir.proxy.upstream.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What runs: one immutable, complete configuration.
///
/// @param number counts generations of this process; 0 before the first
/// @param live the resources that run
/// @param rejected why LoadBalancers of the wanted snapshot are not among them as wanted
/// @param loadBalancers by name
/// @param binds what listeners accept on
public record Generation(
    long number,
    Snapshot live,
    List<Rejection> rejected,
    SortedMap<String, LiveLoadBalancer> loadBalancers,
    Map<Listener, LiveBind> binds) {

  static Generation none() {
    var nothing = new Snapshot(new Version("", 0, 0, 0), Resources.EMPTY);
    return new Generation(0, nothing, List.of(), new TreeMap<>(), Map.of());
  }

  /// How many connections are open that are counted with a listener: those of its bind, when it
  /// stands for the bind.
  public int connections(LiveListener live) {
    LiveBind bind = binds.get(live.listener());
    return bind != null && bind.first() == live ? live.listener().connections() : 0;
  }

  /// All listeners, by LoadBalancer, in the order of the configuration.
  public List<LiveListener> listeners() {
    return listeners(loadBalancers);
  }

  static List<LiveListener> listeners(SortedMap<String, LiveLoadBalancer> loadBalancers) {
    var all = new ArrayList<LiveListener>();
    for (LiveLoadBalancer loadBalancer : loadBalancers.values()) {
      all.addAll(loadBalancer.listeners().values());
    }
    return all;
  }

  /// All pools, by LoadBalancer, in the order of the configuration.
  public List<Pool> pools() {
    var all = new ArrayList<Pool>();
    for (LiveLoadBalancer loadBalancer : loadBalancers.values()) {
      loadBalancer.pools().values().forEach(pool -> all.add(pool.pool()));
    }
    return all;
  }
}
