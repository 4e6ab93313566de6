package dev.weir.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/// How requests and connections are logged.
public record AccessLogSpec(
    @JsonPropertyDescription(
            "The format of a line: JSON, HAProxy's httplog (protocol HTTP only) or tcplog, or None"
                + " for no log. Default: JSON. Example: HTTPLog.")
        @Nullable Format format,
    @JsonPropertyDescription(
            "Whether connections on which no byte arrived, such as those of port scanners and"
                + " probes, get no line. Default: true. Example: false.")
        @Nullable Boolean skipEmpty) {

  /// The line's format.
  public enum Format {
    JSON,
    HTTPLog,
    TCPLog,
    None
  }
}
