package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// What a request must have, or a connection whose TLS passes through.
@ValidationRule(
    value = "!has(self.path) || !has(self.alpn)",
    message = "at most one of path and alpn may be set")
public record RouteMatchSpec(
    @JsonPropertyDescription(
            "The path. Not on listeners that pass TLS through. Default: every path."
                + " Example: {prefix: /api}.")
        @Nullable Path path,
    @JsonPropertyDescription(
            "A protocol that the client offers to speak, by its name in ALPN. Only on listeners"
                + " that pass TLS through. Default: whatever it offers. Example: h2.")
        @Size(min = 1, max = 64)
        @Pattern("^[!-~]+$")
        @Nullable String alpn) {

  /// A path as the client sent it, without its query, compared byte by byte: case counts, and
  /// neither `%2F` nor `..` is read as anything else.
  @ValidationRule(
      value = "has(self.exact) != has(self.prefix)",
      message = "exactly one of exact and prefix must be set")
  public record Path(
      @JsonPropertyDescription("All of the path. Default: none, see prefix. Example: /login.")
          @Size(min = 1, max = 1024)
          @Pattern(Patterns.PATH)
          @Nullable String exact,
      @JsonPropertyDescription(
              "The first elements of the path: /api takes /api, /api/ and /api/x, and not /apix."
                  + " Default: none, see exact. Example: /api.")
          @Size(min = 1, max = 1024)
          @Pattern(Patterns.PATH)
          @Nullable String prefix) {}
}
