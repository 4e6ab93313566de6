package dev.weir.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// How requests and connections are logged. `skipEmpty`: no line for a connection that carried no byte.
public record AccessLogSpec(@Nullable Format format, @Nullable Boolean skipEmpty) {

  /// The line's format.
  public enum Format {
    JSON,
    HTTPLog,
    TCPLog,
    None
  }
}
