package dev.weir.proxy.health;

/// What the checks of an endpoint have shown. Immutable; HAProxy's semantics of rise and fall.
///
/// ```
///  Unchecked ──success──▶ Up(0) ──failure──▶ Up(1) … Up(fall-1) ──failure──▶ Down(0)
///      │                   ▲ ▲──────success────┘                              │  ▲
///      │                   └────── success ── Down(rise-1) … ◀────success─────┘  │
///      └──────failure───────────────────────────▶ Down(0)        any failure ────┘
/// ```
public sealed interface Health {

  /// Never checked: takes traffic on credit, and loses it with the first failure.
  record Unchecked() implements Health {}

  /// @param failures in a row, less than fall
  record Up(int failures) implements Health {}

  /// @param successes in a row, less than rise
  record Down(int successes) implements Health {}

  /// Whether it may get traffic.
  default boolean healthy() {
    return !(this instanceof Down);
  }

  /// After one more check.
  ///
  /// @param rise successes in a row that bring it back
  /// @param fall failures in a row that take it out
  default Health next(boolean success, int rise, int fall) {
    return switch (this) {
      case Unchecked() -> success ? new Up(0) : new Down(0);
      case Up(int failures) -> {
        if (success) {
          yield new Up(0);
        }
        yield failures + 1 >= fall ? new Down(0) : new Up(failures + 1);
      }
      case Down(int successes) -> {
        if (!success) {
          yield new Down(0);
        }
        yield successes + 1 >= rise ? new Up(0) : new Down(successes + 1);
      }
    };
  }
}
