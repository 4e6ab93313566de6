package dev.weir.config.render;

import dev.weir.config.Credentials;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What became of one LoadBalancer.
///
/// @param config null when a problem is fatal: what runs now is to be kept
/// @param endpoints one per pool of `config`, in its order; empty without a config
/// @param credentials what `config` refers to and could be found
/// @param problems in the order of the document
public record Rendered(
    ObjectName name,
    @Nullable LoadBalancerConfig config,
    List<EndpointsConfig> endpoints,
    Credentials credentials,
    List<Problem> problems) {

  public Rendered {
    endpoints = List.copyOf(endpoints);
    problems = List.copyOf(problems);
  }

  /// One that cannot be run.
  public static Rendered refused(ObjectName name, List<Problem> problems) {
    return new Rendered(name, null, List.of(), Credentials.NONE, problems);
  }
}
