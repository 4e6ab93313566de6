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

/// Which requests of HTTP listeners, or connections of those that pass TLS through, go where, with
/// Gateway API's precedence: higher priority, then the longer host without a wildcard, then the
/// longer host with one, then an exact path, then the longer prefix, then the name. The place in
/// the list does not matter.
@ValidationRule(
    value = "has(self.backends) != has(self.redirect)",
    message = "exactly one of backends and redirect must be set")
@ValidationRule(
    value = "!has(self.redirect) || !has(self.requestHeaders) && !has(self.responseHeaders)",
    message = "a redirect is answered by the proxy: it has no headers to edit")
public record RouteSpec(
    @JsonPropertyDescription("What problems call it; unique in this LoadBalancer. Example: api.")
        @Required
        @Size(min = 1, max = 63)
        @Pattern(Patterns.NAME)
        String name,
    @JsonPropertyDescription(
            "The listeners that it belongs to, of protocol HTTP or with tls of mode Passthrough. At"
                + " most 64. Default: all HTTP listeners, or all that pass TLS through when there is"
                + " no HTTP listener. Example: [http].")
        @Size(min = 1, max = 64)
        @Nullable List<@Size(max = 63) @Pattern(Patterns.NAME) String> listeners,
    @JsonPropertyDescription(
            "The hosts that it takes, without a port; on a listener that passes TLS through the names"
                + " that clients ask for (SNI): a name, or *. and a name, which takes every"
                + " host with one or more labels in front. At most 16. Default: every host."
                + " Example: [shop.example.com, \"*.shop.example.com\"].")
        @Size(min = 1, max = 16)
        @Nullable List<@Size(max = 255) @Pattern(Patterns.HOST_PATTERN) String> hosts,
    @JsonPropertyDescription(
            "What else a request must have: any one of these. At most 16. Default: nothing."
                + " Example: [{path: {prefix: /api}}].")
        @Size(min = 1, max = 16)
        @Nullable List<RouteMatchSpec> matches,
    @JsonPropertyDescription(
            "Routes of a higher priority come first, whatever their hosts and paths. -1000 to 1000."
                + " Default: 0. Example: 10.")
        @Min(-1000)
        @Max(1000)
        @Nullable Integer priority,
    @JsonPropertyDescription(
            "The pools that requests go to, by weight. Not together with redirect. At most 16."
                + " Default: none, see redirect. Example: [{pool: api, weight: 95}, {pool: api-next,"
                + " weight: 5}].")
        @Size(min = 1, max = 16)
        @Nullable List<BackendSpec> backends,
    @JsonPropertyDescription(
            "Sends the client elsewhere instead. Not together with backends. Default: none, see"
                + " backends. Example: {scheme: https}.")
        @Nullable RedirectSpec redirect,
    @JsonPropertyDescription(
            "What is changed in the header of requests, between the edits of listener and pool."
                + " Not together with redirect. Default: nothing. Example: {remove: [X-Debug]}.")
        @Nullable HeaderEditsSpec requestHeaders,
    @JsonPropertyDescription(
            "What is changed in the header of responses, between the edits of listener and pool."
                + " Not together with redirect. Default: nothing. Example: {set: [{name: Cache-Control, value: no-store}]}.")
        @Nullable HeaderEditsSpec responseHeaders) {}
