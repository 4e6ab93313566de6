package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// What a request must have.
public record RouteMatchSpec(
    @JsonPropertyDescription("The path. Default: every path. Example: {prefix: /api}.")
        @Nullable Path path) {

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
