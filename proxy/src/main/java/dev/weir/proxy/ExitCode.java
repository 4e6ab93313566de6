package dev.weir.proxy;

/// Exit codes of all commands.
final class ExitCode {
  static final int OK = 0;

  /// Something is wrong with the input or the environment, and was said.
  static final int PROBLEMS = 1;

  /// Wrong options.
  static final int USAGE = 64;

  /// A fault of our own.
  static final int INTERNAL = 70;

  private ExitCode() {}
}
