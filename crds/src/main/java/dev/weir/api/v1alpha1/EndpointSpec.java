package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// One address (IP or DNS name) and port. `tier` 0 is used first, 1 is backup.
public record EndpointSpec(
    @JsonPropertyDescription(
            "What logs, metrics and status call it; unique in the pool where it is given. The"
                + " endpoint stays the same when only its name changes."
                + " Default: address:port. Example: s1.")
        @Size(min = 1, max = 63)
        @Pattern("^[A-Za-z0-9_.:-]+$")
        @Nullable String name,
    @JsonPropertyDescription(
            "An IPv4 or IPv6 address (no brackets), or a DNS name, which the proxy resolves and"
                + " resolves again. Addresses of the proxy itself or its node (loopback,"
                + " link-local, unspecified, multicast) are refused in Kubernetes."
                + " Example: 192.168.1.100.")
        @Required
        @Size(min = 1, max = 253)
        @Pattern("^[A-Za-z0-9_.:-]+$")
        String address,
    @JsonPropertyDescription("The port that traffic goes to. Example: 80.")
        @Required
        @Min(1)
        @Max(65535)
        Integer port,
    @JsonPropertyDescription(
            "The share of traffic, relative to the other endpoints of its tier; 0 gets nothing"
                + " new. Default: 1. Example: 10.")
        @Min(0)
        @Max(256)
        @Nullable Integer weight,
    @JsonPropertyDescription(
            "0 for endpoints in normal use, 1 for backups: used only while no endpoint of tier 0"
                + " is usable. Default: 0. Example: 1.")
        @Min(0)
        @Max(1)
        @Nullable Integer tier,
    @JsonPropertyDescription(
            "Ready takes traffic when healthy; Drain finishes what it has and gets nothing new;"
                + " Maintenance is Drain without health checks. Default: Ready. Example: Drain.")
        @Nullable State state,
    @JsonPropertyDescription(
            "How many requests (HTTP) or connections (TCP) it may have under way, counted per"
                + " proxy process; more wait in the pool's queue. Default: no limit. Example: 200.")
        @Min(1)
        @Max(1_000_000)
        @Nullable Integer maxConnections,
    @JsonPropertyDescription(
            "Where this endpoint differs from the pool's health check. Default: as the pool."
                + " Example: {port: 8080}.")
        @Nullable EndpointHealthSpec health) {

  /// What the operator wants of an endpoint.
  public enum State {
    Ready,
    Drain,
    Maintenance
  }
}
