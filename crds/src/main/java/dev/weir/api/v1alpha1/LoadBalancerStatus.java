package dev.weir.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is true now, as the proxies report it: aggregates and at most eight sample problems.
public record LoadBalancerStatus(
    @Nullable Long observedGeneration,
    @Nullable List<Condition> conditions,
    @Nullable List<Address> addresses,
    @Nullable Proxies proxies,
    @Nullable Endpoints endpoints,
    @Nullable List<PoolStatus> pools,
    @Nullable List<Problem> problems) {

  /// A Kubernetes condition (`metav1.Condition`).
  public record Condition(
      String type,
      String status,
      @Nullable Long observedGeneration,
      String lastTransitionTime,
      String reason,
      String message) {}

  /// Where clients reach the LoadBalancer.
  public record Address(String type, String value) {}

  /// How many proxies run it. `summary` is `current/total`.
  public record Proxies(int total, int current, int lagging, int rejected, String summary) {}

  /// How many endpoints are healthy by the majority of proxies. `summary` is `healthy/total`.
  public record Endpoints(int healthy, int total, String summary) {}

  /// One pool's endpoints.
  public record PoolStatus(String name, int healthy, int total) {}

  /// One thing that is wrong, where, and since when.
  public record Problem(
      @Nullable String path,
      @Nullable String pool,
      @Nullable String endpoint,
      String reason,
      String message,
      @Nullable String since) {}
}
