package dev.weir.controller.stream;

import dev.weir.controller.stream.StreamMetrics.Refusal;
import org.jspecify.annotations.Nullable;

/// Whether a proxy that has shown who it is may come in.
sealed interface Entry {
  /// It may.
  ///
  /// @param pod what it has to call itself, since its token says so; null for any name
  /// @param zone where it runs; null where that is not known
  record Allowed(@Nullable String pod, @Nullable String zone) implements Entry {
    /// Somebody of whom nothing more is known.
    static final Allowed ANYBODY = new Allowed(null, null);
  }

  /// It may not.
  ///
  /// @param reason for the log and the proxy, without any part of a token
  record Denied(Refusal refusal, String reason) implements Entry {}
}
