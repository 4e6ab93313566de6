package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Active health checks. At most one of `http`, `tcp` and `tls`; without any a TLS handshake where
/// the pool speaks TLS, otherwise a TCP connect.
@ValidationRule(
    value = "(has(self.http) ? 1 : 0) + (has(self.tcp) ? 1 : 0) + (has(self.tls) ? 1 : 0) <= 1",
    message = "at most one of http, tcp and tls may be set")
public record HealthSpec(
    @JsonPropertyDescription(
            "Whether endpoints are checked; without checks they count as healthy. Default: true."
                + " Example: false.")
        @Nullable Boolean enabled,
    @JsonPropertyDescription(
            "Check with an HTTP request; its status decides. Default: off, see tcp."
                + " Example: {path: /healthz}.")
        @Nullable Http http,
    @JsonPropertyDescription(
            "Check by opening a TCP connection. Default: on, unless another kind is set or the pool"
                + " speaks TLS. Example: {}.")
        @Nullable Tcp tcp,
    @JsonPropertyDescription(
            "Check with a TLS handshake, as the pool's tls says. Default: on where the pool speaks"
                + " TLS, unless another kind is set. Example: {}.")
        @Nullable Tls tls,
    @JsonPropertyDescription(
            "From the end of one check to the start of the next, as a duration. Default: 2s."
                + " Example: 500ms.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String interval,
    @JsonPropertyDescription(
            "For a whole check, connecting included, as a duration. Default: 2s. Example: 1s.")
        @Size(max = Patterns.DURATION_LENGTH)
        @Pattern(Patterns.DURATION)
        @Nullable String timeout,
    @JsonPropertyDescription(
            "Successes in a row that bring an endpoint back. Default: 2. Example: 3.")
        @Min(1)
        @Max(100)
        @Nullable Integer rise,
    @JsonPropertyDescription("Failures in a row that take an endpoint out. Default: 3. Example: 2.")
        @Min(1)
        @Max(100)
        @Nullable Integer fall) {

  /// An HTTP request whose status decides.
  public record Http(
      @JsonPropertyDescription("The request's method. Default: GET. Example: HEAD.")
          @Size(min = 1, max = 16)
          @Pattern("^[A-Z]+$")
          @Nullable String method,
      @JsonPropertyDescription("The path that is asked for. Default: /. Example: /healthz.")
          @Size(min = 1, max = 1024)
          @Pattern("^/[!-~]*$")
          @Nullable String path,
      @JsonPropertyDescription(
              "The Host header. Default: the endpoint's address and port."
                  + " Example: shop.example.com.")
          @Size(min = 1, max = 260)
          @Pattern("^[A-Za-z0-9_.:\\[\\]-]+$")
          @Nullable String host,
      @JsonPropertyDescription(
              "What counts as success. Default: {status: [200-399]}."
                  + " Example: {status: [\"204\"]}.")
          @Nullable Expect expect) {}

  /// A TCP connection that is opened and closed.
  public record Tcp() {}

  /// A TLS handshake.
  public record Tls() {}

  /// The answers that count as success.
  public record Expect(
      @JsonPropertyDescription(
              "Status codes and ranges of them, as texts. At most 16. Default: [200-399]."
                  + " Example: [\"204\", 300-399].")
          @Size(min = 1, max = 16)
          @Nullable List<@Size(max = 7) @Pattern("^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$") String>
              status) {}
}
