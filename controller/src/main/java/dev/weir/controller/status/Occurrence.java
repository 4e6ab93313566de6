package dev.weir.controller.status;

/// Something that happened to a LoadBalancer.
///
/// @param warning whether somebody should look; otherwise it is as wanted
/// @param reason in one word
/// @param message for a person, at most 1024 characters
record Occurrence(boolean warning, String reason, String message) {
  private static final int MOST = 1024;

  Occurrence {
    message = message.length() <= MOST ? message : message.substring(0, MOST - 1) + "…";
  }

  boolean sameKind(Occurrence other) {
    return warning == other.warning && reason.equals(other.reason);
  }

  Occurrence and(Occurrence other) {
    return new Occurrence(warning, reason, message + "; " + other.message);
  }
}
