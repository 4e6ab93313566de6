package dev.weir.config.manifest;

import dev.weir.config.Violation;

/// One thing to say about a file: where, what, and how bad it is.
///
/// @param file as the user named it
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

  /// `file:line: path: message`.
  @Override
  public String toString() {
    var at = line > 0 ? file + ":" + line : file;
    return violation.path().isEmpty()
        ? at + ": " + violation.message()
        : at + ": " + violation;
  }
}
