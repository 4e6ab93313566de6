package dev.weir.proxy.upstream;

import dev.weir.proxy.balance.Balancer;
import dev.weir.proxy.balance.Candidates;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request's search for an endpoint: remembers which were tried, so that a retry goes
/// elsewhere. Reused. Thread: one event loop.
public final class Pick implements Candidates {
  private final List<Endpoint> tried = new ArrayList<>(4);
  private @Nullable EndpointSet set;
  private boolean ignoreTried;

  /// Forgets what was tried.
  public void clear() {
    tried.clear();
    set = null;
    ignoreTried = false;
  }

  /// Leaves an endpoint out of the next picks, as long as there is another.
  public void exclude(Endpoint endpoint) {
    tried.add(endpoint);
  }

  /// Finds an endpoint and takes a slot on it, or returns null: then [#exhausted] says whether any
  /// may take traffic.
  @Nullable Endpoint from(EndpointSet endpoints, long turn) {
    set = endpoints;
    ignoreTried = false;
    Endpoint endpoint = attempt(endpoints, turn);
    if (endpoint == null && !tried.isEmpty()) {
      ignoreTried = true;
      endpoint = attempt(endpoints, turn);
    }
    return endpoint;
  }

  private @Nullable Endpoint attempt(EndpointSet endpoints, long turn) {
    for (int i = 0; i <= endpoints.usable(); i++) {
      int index = endpoints.balancer().pick(this, turn);
      if (index == Balancer.NONE) {
        return null;
      }
      Endpoint endpoint = endpoints.usable(index);
      if (endpoint.acquire()) {
        return endpoint;
      }
    }
    return null;
  }

  @Override
  public int size() {
    return set().usable();
  }

  @Override
  public int weight(int candidate) {
    return set().weight(candidate);
  }

  @Override
  public int load(int candidate) {
    return set().usable(candidate).inFlight();
  }

  @Override
  public boolean free(int candidate) {
    Endpoint endpoint = set().usable(candidate);
    return endpoint.free() && (ignoreTried || tried.isEmpty() || !tried.contains(endpoint));
  }

  private EndpointSet set() {
    if (set == null) {
      throw new IllegalStateException("no endpoints to pick from");
    }
    return set;
  }
}
