package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// HTTP settings of a listener.
public record HttpSpec(
    @JsonPropertyDescription(
            "Which versions of HTTP clients may speak. With TLS ALPN offers them, HTTP/2 first;"
                + " without it a client says HTTP/2 with its first bytes (prior knowledge). Default: [HTTP1, HTTP2]. Example: [HTTP1].")
        @Size(min = 1, max = 2)
        @Nullable List<Version> versions,
    @JsonPropertyDescription(
            "How the client is announced to the origin. Default: X-Forwarded headers, nobody"
                + " trusted. Example: {trust: [10.0.0.0/8]}.")
        @Nullable ForwardedSpec forwarded,
    @JsonPropertyDescription(
            "The largest head of a request, its final empty line included, as a quantity of bytes;"
                + " a longer one gets 431, or 414 when its first line alone is too long. 1Ki to 1Mi."
                + " Default: 32Ki. Example: 64Ki.")
        @Nullable IntOrString maxHeadSize,
    @JsonPropertyDescription(
            "How many header fields a request may have; more get 431. Default: 128. Example: 200.")
        @Min(1)
        @Max(1000)
        @Nullable Integer maxHeaders,
    @JsonPropertyDescription(
            "The largest body of a request, as a quantity of bytes; a larger one gets 413. Default:"
                + " no limit. Example: 100Mi.")
        @Nullable IntOrString maxBodySize,
    @JsonPropertyDescription(
            "How many bytes of a request's body must come each second, as a quantity, measured over"
                + " 5 s in which the proxy waits for the client alone; a slower request gets 408."
                + " Not once the response has begun. 0 for no minimum. Default: 1Ki. Example: 10Ki.")
        @Nullable IntOrString minBodyRate,
    @JsonPropertyDescription(
            "Answers every request with a redirect to https; routes and pools are not asked. Not"
                + " together with tls. Default: off. Example: {}.")
        @Nullable RedirectToHttpsSpec redirectToHttps,
    @JsonPropertyDescription(
            "Passes CONNECT requests on to the endpoints of the pool that routes choose by their"
                + " host, for endpoints that are forward proxies; what follows a 2xx is a tunnel to"
                + " that endpoint. The proxy itself connects nowhere else. Default: false, CONNECT"
                + " gets 405. Example: true.")
        @Nullable Boolean allowConnect) {

  /// A version of HTTP.
  public enum Version {
    /// HTTP/1.0 and HTTP/1.1.
    HTTP1,
    HTTP2
  }
}
