package dev.weir.config;

/// One thing that is wrong in a document: where, what was found, and the rule that it breaks.
///
/// @param path the field, in manifest terms: `spec.listeners[http].port`; lists are keyed by name,
///   never by index
/// @param rule a stable PascalCase reason that tests and conditions use: `PoolNotFound`,
///   `PortConflict`, …
/// @param message names field, value and rule in one sentence for a person
public record Violation(String path, String rule, String message) {

  @Override
  public String toString() {
    return path + ": " + message;
  }
}
