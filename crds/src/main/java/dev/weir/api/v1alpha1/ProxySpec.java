package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// The proxies of a LoadBalancer that has its own. Ignored outside Kubernetes.
@ValidationRule(
    value = "!has(self.replicas) || !has(self.kind) || self.kind != 'DaemonSet'",
    message = "replicas is not for kind DaemonSet, which runs one proxy on every node",
    fieldPath = ".replicas")
public record ProxySpec(
    @JsonPropertyDescription(
            "Deployment, or DaemonSet for one proxy on every node. Default: Deployment."
                + " Example: DaemonSet.")
        @Nullable Kind kind,
    @JsonPropertyDescription(
            "How many proxies a Deployment runs; 0 stops it. Default: 2. Example: 3.")
        @Min(0)
        @Max(1000)
        @Nullable Integer replicas,
    @JsonPropertyDescription(
            "The Service in front of the proxies. Default: every field of it at its default."
                + " Example: {type: LoadBalancer}.")
        @Nullable ServiceSpec service,
    @JsonPropertyDescription(
            "What a proxy's container requests and may use. Default: requests of 100m cpu and"
                + " 128Mi memory, no limits. Example: {requests: {cpu: 1, memory: 256Mi}}.")
        @Nullable ResourcesSpec resources) {

  /// How the proxies are run.
  public enum Kind {
    Deployment,
    DaemonSet
  }
}
