package dev.weir.proxy.health;

/// The outcome of one check.
///
/// @param code HAProxy's word for it: `L4OK`, `L4CON`, `L4TOUT`, `L6OK`, `L6RSP`, `L6TOUT`, `L7OK`,
///   `L7STS`, `L7RSP`, `L7TOUT`
/// @param detail what happened, for a person
public record CheckResult(boolean success, String code, String detail) {

  static CheckResult passed(String code, String detail) {
    return new CheckResult(true, code, detail);
  }

  static CheckResult failed(String code, String detail) {
    return new CheckResult(false, code, detail);
  }

  /// As status shows it: `HealthCheckFailed: HTTP 503 from /healthz (L7STS)`.
  public String reason() {
    String word = success ? "HealthCheckPassed" : "HealthCheckFailed";
    return word + ": " + detail + " (" + code + ")";
  }
}
