package dev.weir.proxy.upstream;

import dev.weir.config.PoolConfig.Algorithm;
import dev.weir.proxy.balance.Balancer;
import dev.weir.proxy.balance.LeastConnections;
import dev.weir.proxy.balance.RoundRobin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A pool's endpoints at one moment, and how to choose among those that may take traffic.
/// Immutable.
public final class EndpointSet {
  private final List<Endpoint> all;
  private final Endpoint[] usable;
  private final int[] weights;
  private final Balancer balancer;

  /// @param zone endpoints for it come first; null for none
  EndpointSet(List<Endpoint> all, Algorithm algorithm, @Nullable String zone) {
    this.all = List.copyOf(all);
    int tier =
        all.stream().filter(Endpoint::eligible).mapToInt(e -> e.config().tier()).min().orElse(0);
    List<Endpoint> first =
        all.stream().filter(e -> e.eligible() && e.config().tier() == tier).toList();
    List<Endpoint> local = first.stream().filter(e -> e.config().local(zone)).toList();
    usable = (local.isEmpty() ? first : local).toArray(Endpoint[]::new);
    weights = new int[usable.length];
    for (int i = 0; i < usable.length; i++) {
      weights[i] = Math.max(1, usable[i].config().weight());
    }
    balancer =
        switch (algorithm) {
          case RoundRobin -> new RoundRobin(weights);
          case LeastConnections -> new LeastConnections();
        };
  }

  /// Every endpoint, in the order of the configuration.
  public List<Endpoint> all() {
    return all;
  }

  /// How many may take traffic now.
  public int usable() {
    return usable.length;
  }

  Endpoint usable(int index) {
    return usable[index];
  }

  int weight(int index) {
    return weights[index];
  }

  Balancer balancer() {
    return balancer;
  }
}
