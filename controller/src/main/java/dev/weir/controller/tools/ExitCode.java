package dev.weir.controller.tools;

/// What commands end with.
final class ExitCode {
  /// All is well.
  static final int OK = 0;

  /// The command could say it, and something is wrong.
  static final int PROBLEMS = 1;

  /// Wrong usage.
  static final int USAGE = 64;

  /// The cluster, or the controller, cannot be asked.
  static final int UNAVAILABLE = 69;

  private ExitCode() {}
}
