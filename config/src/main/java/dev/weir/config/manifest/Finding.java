package dev.weir.config.manifest;

import dev.weir.config.Violation;

/// One thing to say about a file: where, what, and how bad it is.
///
/// @param file as the user named it; empty when it is about all of them
/// @param line 1-based; 0 when it is about the file as a whole
public record Finding(Severity severity, String file, int line, Violation violation) {

  /// How bad a finding is.
  public enum Severity {
    /// The files as a whole are refused; what runs now is kept.
    Error,
    /// Everything else applies; `weir check` fails.
    Warning,
    /// Good to know; `weir check` succeeds.
    Notice
  }

  /// `file:line: path: message`, without what is not known.
  @Override
  public String toString() {
    var text = new StringBuilder(file);
    if (line > 0) {
      text.append(':').append(line);
    }
    if (!text.isEmpty()) {
      text.append(": ");
    }
    if (!violation.path().isEmpty()) {
      text.append(violation.path()).append(": ");
    }
    return text.append(violation.message()).toString();
  }
}
