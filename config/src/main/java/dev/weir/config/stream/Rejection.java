package dev.weir.config.stream;

/// Why a proxy kept the last good set of one LoadBalancer instead of what it was sent.
///
/// @param loadBalancer `namespace/name`
/// @param rule a stable PascalCase reason
/// @param path the field that is wrong; empty when there is none
/// @param message names field, value and rule in one sentence for a person
public record Rejection(String loadBalancer, String rule, String path, String message) {

  /// The rule that a LoadBalancer breaks because of another: it may pass when others change.
  public static final String PORT_CONFLICT = "PortConflict";
}
