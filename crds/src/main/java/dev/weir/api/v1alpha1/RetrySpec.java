package dev.weir.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// When a request is sent again, to another endpoint. `attempts` counts the retries, not the first try.
public record RetrySpec(@Nullable Integer attempts, @Nullable List<Condition> conditions) {

  /// What is retried.
  public enum Condition {
    ConnectFailure
  }
}
