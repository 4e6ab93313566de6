package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A port that accepts traffic and what is done with it.
@ValidationRule(
    value = "!has(self.http) || !has(self.protocol) || self.protocol == 'HTTP'",
    message = "http is only for listeners with protocol HTTP",
    fieldPath = ".http")
@ValidationRule(
    value = "!has(self.hosts) || !has(self.protocol) || self.protocol == 'HTTP' || has(self.tls)",
    message = "hosts is only for listeners with protocol HTTP or with tls",
    fieldPath = ".hosts")
@ValidationRule(
    value =
        "!has(self.requestHeaders) && !has(self.responseHeaders) || !has(self.protocol)"
            + " || self.protocol == 'HTTP'",
    message = "requestHeaders and responseHeaders are only for listeners with protocol HTTP")
@ValidationRule(
    value =
        "!has(self.accessLog) || !has(self.accessLog.format) || self.accessLog.format != 'HTTPLog'"
            + " || !has(self.protocol) || self.protocol == 'HTTP'",
    message = "format HTTPLog is only for listeners with protocol HTTP",
    fieldPath = ".accessLog")
@ValidationRule(
    value =
        "!has(self.tls) || !has(self.tls.mode) || self.tls.mode != 'Passthrough' ||"
            + " has(self.protocol) && self.protocol == 'TCP'",
    message = "tls with mode Passthrough is only for protocol TCP",
    fieldPath = ".tls")
@ValidationRule(
    value = "!has(self.tls) || !has(self.http) || !has(self.http.redirectToHttps)",
    message = "redirectToHttps is only for listeners without tls",
    fieldPath = ".http")
public record ListenerSpec(
    @JsonPropertyDescription(
            "What logs, metrics and status call it; unique in this LoadBalancer. Example: http.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        String name,
    @JsonPropertyDescription(
            "The port that it accepts on. The proxy's own port, 9901, is refused. Example: 80.")
        @Required
        @Min(1)
        @Max(65535)
        Integer port,
    @JsonPropertyDescription(
            "HTTP, or TCP for relaying bytes as they are. Default: HTTP. Example: TCP.")
        @Nullable Protocol protocol,
    @JsonPropertyDescription(
            "The IP address of the proxy that it accepts on. Default: *, which is all of them,"
                + " IPv4 and IPv6. Example: 192.0.2.10.")
        @Size(min = 1, max = 45)
        @Pattern("^([*]|[0-9A-Fa-f:.]{2,45})$")
        @Nullable String address,
    @JsonPropertyDescription(
            "The hosts that it takes, without a port; with tls of mode Passthrough the names that clients ask for (SNI): a name, or *. and a name, which takes every"
                + " host with one or more labels in front. Listeners, also those of other"
                + " LoadBalancers on the same proxies, share address and port when no two of them"
                + " have a host in common and they agree in protocol, use of tls, limits, proxyProtocol,"
                + " timeouts.header, http.maxHeadSize and http.maxHeaders. A request for another host gets 404. At"
                + " most 64. Default: every host that no other listener there has."
                + " Example: [shop.example.com, \"*.shop.example.com\"].")
        @Size(min = 1, max = 64)
        @Nullable List<@Size(max = 255) @Pattern(Patterns.HOST_PATTERN) String> hosts,
    @JsonPropertyDescription(
            "The pool that takes the traffic. Default: spec.defaultPool. Example: web.")
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        @Nullable String defaultPool,
    @JsonPropertyDescription(
            "Speaks TLS with clients; with protocol TCP what is inside is relayed as it is. Default:"
                + " no TLS."
                + " Example: {certificates: [{secretRef: {name: shop-tls}}]}.")
        @Nullable TlsSpec tls,
    @JsonPropertyDescription(
            "What matters to protocol HTTP only. Default: every field of it at its default."
                + " Example: {forwarded: {headers: None}}.")
        @Nullable HttpSpec http,
    @JsonPropertyDescription(
            "What is changed in the header of requests, before the edits of route and pool."
                + " Default: nothing. Example: {remove: [X-Debug]}.")
        @Nullable HeaderEditsSpec requestHeaders,
    @JsonPropertyDescription(
            "What is changed in the header of responses, before the edits of route and pool."
                + " Default: nothing. Example: {set: [{name: X-Frame-Options, value: DENY}]}.")
        @Nullable HeaderEditsSpec responseHeaders,
    @JsonPropertyDescription(
            "Deadlines of the client's side. Default: every field of it at its default."
                + " Example: {idle: 2m}.")
        @Nullable ListenerTimeoutsSpec timeouts,
    @JsonPropertyDescription(
            "Limits, counted per proxy process. Default: none. Example: {connections: 20000}.")
        @Nullable ListenerLimitsSpec limits,
    @JsonPropertyDescription(
            "Every connection starts with a header of the PROXY protocol, which says who the client"
                + " is. Default: none does. Example: {accept: Required, from: [10.0.0.0/8]}.")
        @Nullable ProxyProtocolSpec proxyProtocol,
    @JsonPropertyDescription(
            "The access log. Default: every field of it at its default."
                + " Example: {format: HTTPLog}.")
        @Nullable AccessLogSpec accessLog) {

  /// What a listener speaks.
  public enum Protocol {
    HTTP,
    TCP
  }
}
