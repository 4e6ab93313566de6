package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is true now, as the proxies report it: aggregates and at most eight sample problems.
///
/// Texts that are longer than the schema allows must be shortened before they are written: messages
/// of conditions 4096, of problems 1024, paths 512 characters.
public record LoadBalancerStatus(
    @JsonPropertyDescription("The generation of the spec that this status is about. Example: 7.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Accepted, ResolvedRefs, Programmed and Ready, always; Degraded and Conflicted only"
                + " while they are true. Example: [{type: Ready, status: \"True\"}].")
        @Size(max = 16)
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription(
            "Where clients reach it. Example: [{type: IPAddress, value: 203.0.113.7}].")
        @Size(max = 16)
        @Nullable List<Address> addresses,
    @JsonPropertyDescription("How many proxies run it. Example: {total: 3, current: 3}.")
        @Nullable Proxies proxies,
    @JsonPropertyDescription("How many endpoints are healthy. Example: {healthy: 19, total: 20}.")
        @Nullable Endpoints endpoints,
    @JsonPropertyDescription("The same per pool. Example: [{name: web, healthy: 9, total: 10}].")
        @Size(max = 256)
        @Nullable List<PoolStatus> pools,
    @JsonPropertyDescription(
            "What is wrong; at most eight samples. Example: [{pool: web, reason: NoEndpoints}].")
        @Size(max = 8)
        @Nullable List<Problem> problems) {

  /// A Kubernetes condition (`metav1.Condition`).
  public record Condition(
      @JsonPropertyDescription("What it is about. Example: Ready.") @Required @Size(max = 63)
          String type,
      @JsonPropertyDescription("True, False or Unknown. Example: \"True\".")
          @Required
          @Size(max = 7)
          String status,
      @JsonPropertyDescription("The generation of the spec that it is about. Example: 7.")
          @Nullable Long observedGeneration,
      @JsonPropertyDescription("When status last changed. Example: 2026-01-31T12:00:00Z.")
          @Required
          @Size(max = 40)
          String lastTransitionTime,
      @JsonPropertyDescription("Why, in one word. Example: NoHealthyEndpoints.")
          @Required
          @Size(max = 128)
          String reason,
      @JsonPropertyDescription("Why, for a person. Example: pool web has no healthy endpoint.")
          @Required
          @Size(max = 4096)
          String message) {}

  /// Where clients reach the LoadBalancer.
  public record Address(
      @JsonPropertyDescription("IPAddress or Hostname. Example: IPAddress.")
          @Required
          @Size(max = 63)
          String type,
      @JsonPropertyDescription("The address. Example: 203.0.113.7.") @Required @Size(max = 253)
          String value) {}

  /// How many proxies run it. `summary` is `current/total`.
  public record Proxies(
      @JsonPropertyDescription("Proxies that should run it. Example: 3.") @Required int total,
      @JsonPropertyDescription("Those that run the current version. Example: 3.") @Required
          int current,
      @JsonPropertyDescription("Those that run an older version. Example: 0.") @Required
          int lagging,
      @JsonPropertyDescription("Those that refused the current version. Example: 0.") @Required
          int rejected,
      @JsonPropertyDescription("current/total, for the column PROXIES. Example: 3/3.")
          @Required
          @Size(max = 32)
          String summary) {}

  /// How many endpoints are healthy by the majority of proxies. `summary` is `healthy/total`.
  public record Endpoints(
      @JsonPropertyDescription(
              "Endpoints that more than half of the reporting proxies call healthy. Example: 19.")
          @Required
          int healthy,
      @JsonPropertyDescription("All endpoints of all pools. Example: 20.") @Required int total,
      @JsonPropertyDescription("healthy/total, for the column ENDPOINTS. Example: 19/20.")
          @Required
          @Size(max = 32)
          String summary) {}

  /// One pool's endpoints.
  public record PoolStatus(
      @JsonPropertyDescription("The pool. Example: web.") @Required @Size(max = 63) String name,
      @JsonPropertyDescription("Its healthy endpoints. Example: 9.") @Required int healthy,
      @JsonPropertyDescription("All its endpoints. Example: 10.") @Required int total) {}

  /// One thing that is wrong, where, and since when.
  public record Problem(
      @JsonPropertyDescription("The field. Example: spec.listeners[http].port.") @Size(max = 512)
          @Nullable String path,
      @JsonPropertyDescription("The pool. Example: web.") @Size(max = 63) @Nullable String pool,
      @JsonPropertyDescription("The endpoint. Example: 10.0.3.7:8443.") @Size(max = 300)
          @Nullable String endpoint,
      @JsonPropertyDescription("Why, in one word. Example: HealthCheckFailed.")
          @Required
          @Size(max = 128)
          String reason,
      @JsonPropertyDescription("Why, for a person. Example: HTTP 503 from /healthz, 3 times.")
          @Required
          @Size(max = 1024)
          String message,
      @JsonPropertyDescription("Since when. Example: 2026-01-31T12:00:00Z.") @Size(max = 40)
          @Nullable String since) {}
}
