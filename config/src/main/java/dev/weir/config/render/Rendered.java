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

  /// The reason of a reference to another namespace that grants nothing.
  static final String NOT_PERMITTED = "RefNotPermitted";

  public Rendered {
    endpoints = List.copyOf(endpoints);
    problems = List.copyOf(problems);
  }

  /// The same with earlier credentials in the place of those that it refers to and that cannot be
  /// had now: what worked goes on working, and a problem says what is wrong. Nothing of what it may
  /// no longer refer to.
  public Rendered orEarlier(Credentials earlier) {
    if (config == null || problems.stream().anyMatch(p -> p.reason().equals(NOT_PERMITTED))) {
      return this;
    }
    return new Rendered(
        name, config, endpoints, credentials.orEarlier(earlier, config.credentials()), problems);
  }

  /// One that cannot be run.
  public static Rendered refused(ObjectName name, List<Problem> problems) {
    return new Rendered(name, null, List.of(), Credentials.NONE, problems);
  }
}
