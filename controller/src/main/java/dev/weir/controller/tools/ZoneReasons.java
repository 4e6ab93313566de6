package dev.weir.controller.tools;

import dev.weir.config.EndpointsConfig;
import dev.weir.controller.state.EndpointsState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Says which endpoints zones leave out. Pure.
///
/// @param preferred the endpoints of the pool that come first for some zone, by zone
/// @param proxies how many run in each zone that is known
/// @param elsewhere how many run nobody knows where
record ZoneReasons(
    Map<String, List<EndpointsConfig.Endpoint>> preferred,
    Map<String, Integer> proxies,
    int elsewhere) {

  /// @param usable the endpoints of a pool that are in but for zones
  /// @param states what each controller says of the LoadBalancer; empty when none could be asked
  static ZoneReasons of(List<EndpointsConfig.Endpoint> usable, List<EndpointsState> states) {
    Map<String, Integer> proxies = new TreeMap<>();
    int all = 0;
    for (EndpointsState state : states) {
      all += state.proxies();
      state.zones().forEach((zone, count) -> proxies.merge(zone, count, Integer::sum));
    }
    int known = proxies.values().stream().mapToInt(Integer::intValue).sum();
    var zones = new TreeSet<>(proxies.keySet());
    usable.stream().filter(e -> e.zones() != null).forEach(e -> zones.addAll(e.zones()));
    Map<String, List<EndpointsConfig.Endpoint>> preferred = new TreeMap<>();
    for (String zone : zones) {
      var local = usable.stream().filter(endpoint -> endpoint.local(zone)).toList();
      if (!local.isEmpty()) {
        preferred.put(zone, local);
      }
    }
    return new ZoneReasons(preferred, proxies, all - known);
  }

  /// Why no proxy that is connected uses the endpoint; null when one does.
  @Nullable String against(EndpointsConfig.Endpoint endpoint) {
    if (elsewhere > 0
        || proxies.isEmpty()
        || proxies.keySet().stream().anyMatch(zone -> uses(zone, endpoint))) {
      return null;
    }
    return "%s, and the proxies' zone %s has endpoints of its own"
        .formatted(whose(endpoint), String.join(", ", proxies.keySet()));
  }

  /// Which proxies use an endpoint that is in, as an addition to what is said of it; empty when all
  /// do.
  String note(EndpointsConfig.Endpoint endpoint) {
    var without = new TreeSet<String>();
    for (String zone : preferred.keySet()) {
      boolean asked = proxies.isEmpty() || proxies.containsKey(zone);
      if (asked && !uses(zone, endpoint)) {
        without.add(zone);
      }
    }
    return without.isEmpty()
        ? ""
        : ", " + whose(endpoint) + ", not used from zone " + String.join(", ", without);
  }

  private boolean uses(String zone, EndpointsConfig.Endpoint endpoint) {
    var local = preferred.get(zone);
    return local == null || local.contains(endpoint);
  }

  private static String whose(EndpointsConfig.Endpoint endpoint) {
    var zones = endpoint.zones();
    return zones == null ? "for no zone" : "for zone " + String.join(", ", zones);
  }
}
