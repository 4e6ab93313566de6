package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// An answer that sends the client to another place. What is not set stays as the request has it;
/// the query always does.
public record RedirectSpec(
    @JsonPropertyDescription("http or https. Default: the request's. Example: https.")
        @Size(max = 5)
        @Pattern("^https?$")
        @Nullable String scheme,
    @JsonPropertyDescription(
            "The host, without a port. Default: the request's. Example: www.example.com.")
        @Size(min = 1, max = 253)
        @Pattern(Patterns.HOST)
        @Nullable String host,
    @JsonPropertyDescription(
            "The port. Default: the scheme's own when scheme is set, otherwise the request's."
                + " Example: 8443.")
        @Min(1)
        @Max(65535)
        @Nullable Integer port,
    @JsonPropertyDescription("What the path becomes. Default: the request's. Example: {full: /}.")
        @Nullable Path path,
    @JsonPropertyDescription("The status: 301, 302, 303, 307 or 308. Default: 302. Example: 308.")
        @Min(301)
        @Max(308)
        @Nullable Integer status) {

  /// Another path.
  @ValidationRule(
      value = "has(self.full) != has(self.replacePrefix)",
      message = "exactly one of full and replacePrefix must be set")
  public record Path(
      @JsonPropertyDescription(
              "Replaces all of the path. Default: none, see replacePrefix. Example: /new.")
          @Size(min = 1, max = 1024)
          @Pattern(Patterns.PATH)
          @Nullable String full,
      @JsonPropertyDescription(
              "Replaces the prefix that matched. Default: none, see full. Example: /v2.")
          @Size(min = 1, max = 1024)
          @Pattern(Patterns.PATH)
          @Nullable String replacePrefix) {}
}
