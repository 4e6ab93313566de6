package dev.weir.controller.canary;

import dev.weir.config.stream.LoadBalancerTraffic;
import dev.weir.controller.stream.SessionState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whether requests fail more often on the proxy that tries a change than on those that wait for
/// it. One for each trial; for one thread.
final class ErrorRates {
  private static final long LEAST_REQUESTS = 20;
  private static final double LEAST_RISE = 0.05;
  private static final double LEAST_FACTOR = 2;

  private final Map<String, LoadBalancerTraffic> base = new HashMap<>();

  /// @param loadBalancer `namespace/name`
  /// @param trying the proxy that tries it
  /// @param all the proxies of the group as they are now
  /// @return what is wrong, in one sentence; null for nothing, and while there is too little
  ///   traffic to tell
  @Nullable String problem(String loadBalancer, String trying, List<SessionState> all) {
    long requests = 0;
    long failures = 0;
    long othersRequests = 0;
    long othersFailures = 0;
    for (SessionState session : all) {
      LoadBalancerTraffic now = session.traffic().get(loadBalancer);
      if (now == null) {
        continue;
      }
      String id = session.proxy().proxyId();
      LoadBalancerTraffic before = base.get(id);
      if (before == null || now.requests() < before.requests()) {
        base.put(id, now);
      } else if (id.equals(trying)) {
        requests += now.requests() - before.requests();
        failures += now.failures() - before.failures();
      } else if (session.waits(loadBalancer)) {
        othersRequests += now.requests() - before.requests();
        othersFailures += now.failures() - before.failures();
      }
    }
    if (requests < LEAST_REQUESTS || othersRequests < LEAST_REQUESTS) {
      return null;
    }
    double rate = (double) failures / requests;
    double others = (double) othersFailures / othersRequests;
    return rate - others >= LEAST_RISE && rate >= LEAST_FACTOR * others
        ? "on proxy %s %d of %d requests failed, elsewhere %d of %d"
            .formatted(trying, failures, requests, othersFailures, othersRequests)
        : null;
  }
}
