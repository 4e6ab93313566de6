package dev.weir.controller.reconcile;

import dev.weir.config.Credentials;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.render.Problem;
import dev.weir.config.stream.Resource;
import dev.weir.controller.gather.Observed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One LoadBalancer in its group: what was made of it last. Immutable.
///
/// @param config what its latest spec renders to; null when that is refused
/// @param endpoints of `config`'s pools
/// @param credentials of `config`
/// @param resources what `config` and `endpoints` are on the stream
/// @param problems of the latest rendering
/// @param conflicts why its latest rendering cannot be run beside the others of the group
/// @param served what proxies are to run: the latest rendering or the last good one; null for
///   nothing
/// @param servedEndpoints of `served`'s pools
/// @param servedCredentials of `served`
public record Member(
    Observed seen,
    @Nullable LoadBalancerConfig config,
    List<EndpointsConfig> endpoints,
    Credentials credentials,
    List<Resource> resources,
    List<Problem> problems,
    List<Problem> conflicts,
    @Nullable LoadBalancerConfig served,
    List<EndpointsConfig> servedEndpoints,
    Credentials servedCredentials) {

  public Member {
    endpoints = List.copyOf(endpoints);
    resources = List.copyOf(resources);
    problems = List.copyOf(problems);
    conflicts = List.copyOf(conflicts);
    servedEndpoints = List.copyOf(servedEndpoints);
  }

  /// Whether proxies are to keep what they have of it, since nobody here knows what that is.
  boolean held() {
    return config == null && served == null;
  }

  /// What proxies are to run of it, in key order.
  List<Resource> servedResources() {
    if (served == null) {
      return List.of();
    }
    List<Resource> resources = new ArrayList<>();
    resources.add(Resource.of(served));
    servedEndpoints.forEach(e -> resources.add(Resource.of(e)));
    servedCredentials.certificates().forEach(c -> resources.add(Resource.of(c)));
    servedCredentials.trusts().forEach(t -> resources.add(Resource.of(t)));
    resources.sort(Comparator.comparing(Resource::key));
    return resources;
  }

  Member serving(
      @Nullable LoadBalancerConfig running,
      List<EndpointsConfig> runningEndpoints,
      Credentials runningCredentials,
      List<Problem> why) {
    return new Member(
        seen,
        config,
        endpoints,
        credentials,
        resources,
        problems,
        why,
        running,
        runningEndpoints,
        runningCredentials);
  }
}
