package dev.weir.config.haproxy;

/// Something in a line is not understood. The message says what was found, what it means, and what
/// to do.
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final String rule;
  private final String text;

  /// @param rule a stable PascalCase word, as in [dev.weir.config.Violation#rule]
  Refusal(String rule, String text) {
    super(text, null, false, false);
    this.rule = rule;
    this.text = text;
  }

  static Refusal value(String text) {
    return new Refusal("InvalidValue", text);
  }

  static Refusal unsupported(String text) {
    return new Refusal("Unsupported", text);
  }

  String rule() {
    return rule;
  }

  String text() {
    return text;
  }
}
