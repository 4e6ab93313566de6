package dev.weir.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the client is announced to the origin. `trust`: networks (CIDR) whose own X-Forwarded headers are kept.
public record ForwardedSpec(@Nullable Headers headers, @Nullable List<String> trust) {

  /// Which headers are written.
  public enum Headers {
    XForwarded,
    Forwarded,
    None
  }
}
