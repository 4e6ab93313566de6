package dev.weir.proxy.runtime;

import dev.weir.config.Addresses;
import dev.weir.config.EndpointsConfig;
import dev.weir.proxy.dns.Resolution;
import dev.weir.proxy.upstream.EndpointTarget;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// From configured endpoints to addresses: a literal or a unix socket gives one target, a name one
/// for each of its addresses, or one without an address. Pure.
final class EndpointTargets {
  private EndpointTargets() {}

  /// @param local whether loopback, link-local and similar addresses are allowed
  /// @param names what is known of a DNS name
  static List<EndpointTarget> expand(
      EndpointsConfig config, boolean local, Function<String, Resolution> names) {
    var targets = new ArrayList<EndpointTarget>(config.endpoints().size());
    for (EndpointsConfig.Endpoint endpoint : config.endpoints()) {
      if (endpoint.unix()) {
        targets.add(
            new EndpointTarget(
                endpoint, UnixDomainSocketAddress.of(Addresses.socketPath(endpoint.address()))));
        continue;
      }
      int before = targets.size();
      for (InetAddress address : addresses(endpoint.address(), names)) {
        if (local || !Addresses.isLocal(address)) {
          targets.add(
              new EndpointTarget(endpoint, new InetSocketAddress(address, endpoint.port())));
        }
      }
      if (targets.size() == before) {
        targets.add(new EndpointTarget(endpoint, null));
      }
    }
    return targets;
  }

  /// Why an endpoint has no target with an address.
  static String missing(EndpointsConfig.Endpoint endpoint, Function<String, Resolution> names) {
    Resolution resolution = names.apply(endpoint.address());
    if (!resolution.addresses().isEmpty()) {
      return "AddressNotAllowed: " + resolution.addresses().getFirst().getHostAddress();
    }
    String problem = resolution.problem();
    return problem == null ? "Unresolved" : "Unresolved: " + problem;
  }

  private static List<InetAddress> addresses(String text, Function<String, Resolution> names) {
    InetAddress literal = Addresses.literal(text);
    return literal == null ? names.apply(text).addresses() : List.of(literal);
  }
}
