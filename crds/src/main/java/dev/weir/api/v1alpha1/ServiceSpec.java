package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Service in front of a LoadBalancer's own proxies.
@ValidationRule(
    value =
        "!has(self.externalTrafficPolicy) || has(self.type) && self.type in ['NodePort',"
            + " 'LoadBalancer']",
    message = "externalTrafficPolicy needs type NodePort or LoadBalancer",
    fieldPath = ".externalTrafficPolicy")
public record ServiceSpec(
    @JsonPropertyDescription(
            "The Service's type: ClusterIP, NodePort or LoadBalancer. Default: ClusterIP."
                + " Example: LoadBalancer.")
        @Nullable Type type,
    @JsonPropertyDescription(
            "Annotations of the Service, for the cloud's load balancer. At most 64. Default: none."
                + " Example: {example.com/internal: \"true\"}.")
        @Size(max = 64)
        @Nullable Map<String, @Size(max = 4096) String> annotations,
    @JsonPropertyDescription(
            "Cluster: any node passes traffic on; Local: only to proxies on the same node, with"
                + " the client's address. Default: Cluster. Example: Local.")
        @Nullable TrafficPolicy externalTrafficPolicy) {

  /// Kubernetes Service types.
  public enum Type {
    ClusterIP,
    NodePort,
    LoadBalancer
  }

  /// Kubernetes external traffic policies.
  public enum TrafficPolicy {
    Cluster,
    Local
  }
}
