package dev.weir.config.pem;

/// A text is not the PEM that it should be. What it says is for a user and has no part of a key.
public final class InvalidPemException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String problem;

  InvalidPemException(String problem) {
    super(problem);
    this.problem = problem;
  }

  /// What is wrong, in words.
  public String problem() {
    return problem;
  }
}
