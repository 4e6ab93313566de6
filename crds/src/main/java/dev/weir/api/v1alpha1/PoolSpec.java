package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A named group of endpoints with one balancing policy. Exactly one of `endpoints` and
/// `serviceRef`.
@ValidationRule(
    value = "has(self.endpoints) != has(self.serviceRef)",
    message = "exactly one of endpoints and serviceRef must be set")
public record PoolSpec(
    @JsonPropertyDescription(
            "What listeners, logs, metrics and status call it; unique in this LoadBalancer."
                + " Example: web.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        String name,
    @JsonPropertyDescription(
            "The Service whose ready endpoints take the traffic. Default: none, see endpoints."
                + " Example: {name: web, port: http}.")
        @Nullable ServiceRef serviceRef,
    @JsonPropertyDescription(
            "The endpoints that take the traffic, unique by address and port. At most 1000."
                + " Default: none, see serviceRef. Example: [{address: 192.168.1.100, port: 80}].")
        @Size(max = 1000)
        @Nullable List<EndpointSpec> endpoints,
    @JsonPropertyDescription(
            "What the endpoints speak. HTTP2: HTTP/2 from the first byte, one connection for many"
                + " requests. Only for pools of HTTP listeners. Default: HTTP1. Example: HTTP2.")
        @Nullable Protocol protocol,
    @JsonPropertyDescription(
            "Speaks TLS with the endpoints. Default: off; with an empty block certificates are"
                + " verified against the authorities that the Java runtime trusts."
                + " Example: {ca: {configMapRef: {name: internal-ca}}}.")
        @Nullable PoolTlsSpec tls,
    @JsonPropertyDescription(
            "Tells endpoints who the client is with the PROXY protocol. Default: off."
                + " Example: {send: V2}.")
        @Nullable PoolProxyProtocolSpec proxyProtocol,
    @JsonPropertyDescription(
            "How an endpoint is chosen. Default: every field of it at its default."
                + " Example: {algorithm: LeastConnections}.")
        @Nullable BalanceSpec balance,
    @JsonPropertyDescription(
            "What is changed in the header of requests, after the edits of listener and route."
                + " Only for pools of HTTP listeners. Default: nothing."
                + " Example: {set: [{name: X-Endpoint, value: \"%{endpoint}\"}]}.")
        @Nullable HeaderEditsSpec requestHeaders,
    @JsonPropertyDescription(
            "What is changed in the header of responses, after the edits of listener and route."
                + " Only for pools of HTTP listeners. Default: nothing."
                + " Example: {remove: [X-Powered-By]}.")
        @Nullable HeaderEditsSpec responseHeaders,
    @JsonPropertyDescription(
            "Active health checks. Default: on, every field of it at its default."
                + " Example: {http: {path: /healthz}}.")
        @Nullable HealthSpec health,
    @JsonPropertyDescription(
            "What endpoints get at once, counted per proxy process. Default: no limit but their"
                + " maxConnections. Example: {perEndpoint: 100}.")
        @Nullable PoolConnectionsSpec connections,
    @JsonPropertyDescription(
            "Where requests wait when every usable endpoint, or the pool, is at its limit of"
                + " connections. Default: off while there is no such limit, otherwise every field"
                + " of it at its default. Example: {timeout: 2s}.")
        @Nullable QueueSpec queue,
    @JsonPropertyDescription(
            "When a request is tried on another endpoint. Default: every field of it at its"
                + " default. Example: {attempts: 1}.")
        @Nullable RetrySpec retry,
    @JsonPropertyDescription(
            "Deadlines of the endpoints' side. Default: every field of it at its default."
                + " Example: {response: 2m}.")
        @Nullable PoolTimeoutsSpec timeouts) {

  /// What endpoints speak.
  public enum Protocol {
    HTTP1,
    HTTP2
  }
}
