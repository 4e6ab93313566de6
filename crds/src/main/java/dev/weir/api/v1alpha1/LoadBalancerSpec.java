package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a user wants: where it runs, what it listens on, where traffic goes.
@ValidationRule(
    value = "!has(self.fleetRef) || !has(self.proxy)",
    message = "at most one of fleetRef and proxy may be set")
public record LoadBalancerSpec(
    @JsonPropertyDescription(
            "The shared fleet of proxies that serves it. Ignored outside Kubernetes. Default: it"
                + " gets proxies of its own. Example: {name: edge}.")
        @Nullable FleetRef fleetRef,
    @JsonPropertyDescription(
            "The proxies of its own. Ignored outside Kubernetes. Default: every field of it at its"
                + " default. Example: {replicas: 3}.")
        @Nullable ProxySpec proxy,
    @JsonPropertyDescription(
            "The ports that accept traffic. 1 to 64. Example: [{name: http, port: 80}].")
        @Required
        @Size(min = 1, max = 64)
        List<ListenerSpec> listeners,
    @JsonPropertyDescription(
            "Which requests go where; what no route takes goes to the listener's defaultPool. At most"
                + " 1000. Default: none. Example: [{name: api, matches: [{path: {prefix: /api}}],"
                + " backends: [{pool: api}]}].")
        @Size(max = 1000)
        @Nullable List<RouteSpec> routes,
    @JsonPropertyDescription(
            "The pool of listeners that name none. Default: the only pool when there is exactly"
                + " one; otherwise HTTP listeners answer 404 and TCP listeners are refused."
                + " Example: web.")
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        @Nullable String defaultPool,
    @JsonPropertyDescription(
            "The groups of endpoints that traffic goes to. At most 256. Default: none."
                + " Example: [{name: web, serviceRef: {name: web, port: http}}].")
        @Size(max = 256)
        @Nullable List<PoolSpec> pools) {}
