package dev.weir.config.stream;

import org.jspecify.annotations.Nullable;

/// Why a proxy kept the last good set of one LoadBalancer, or of one part of it, instead of what it
/// was sent.
///
/// @param loadBalancer `namespace/name`
/// @param rule a stable PascalCase reason
/// @param path the field that is wrong; empty when there is none
/// @param message names field, value and rule in one sentence for a person
/// @param part what alone keeps what it had while everything else applies, such as
///   `listeners[https]`; null for the whole LoadBalancer
public record Rejection(
    String loadBalancer, String rule, String path, String message, @Nullable String part) {

  /// The rule that a LoadBalancer breaks because of another: it may pass when others change.
  public static final String PORT_CONFLICT = "PortConflict";

  /// One of a whole LoadBalancer.
  public Rejection(String loadBalancer, String rule, String path, String message) {
    this(loadBalancer, rule, path, message, null);
  }
}
