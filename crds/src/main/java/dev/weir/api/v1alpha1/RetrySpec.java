package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When a request is sent again, to another endpoint.
public record RetrySpec(
    @JsonPropertyDescription(
            "How many further endpoints are tried after the first; 0 for none. Default: 3."
                + " Example: 1.")
        @Min(0)
        @Max(10)
        @Nullable Integer attempts,
    @JsonPropertyDescription(
            "What is tried again. ConnectFailure: no connection came about, so nothing was sent."
                + " An empty list: nothing. Default: [ConnectFailure]. Example: [].")
        @Size(max = 1)
        @Nullable List<Condition> conditions) {

  /// What is retried.
  public enum Condition {
    ConnectFailure
  }
}
