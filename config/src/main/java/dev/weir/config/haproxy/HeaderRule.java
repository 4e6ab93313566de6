package dev.weir.config.haproxy;

import java.util.Locale;

/// A line that edits a header.
///
/// @param value the value as the manifest writes it; empty with Remove
/// @param condition one that tells no requests of a connection apart
/// @param line 1-based
record HeaderRule(Action action, String name, String value, Criterion condition, int line) {

  /// A line without a condition.
  HeaderRule(Action action, String name, String value, int line) {
    this(action, name, value, new Criterion.Always(true), line);
  }

  /// Whether it is for clients that speak TLS, or for the others.
  boolean applies(boolean tls) {
    return condition.holds(Area.Hosts.ELSE, Area.Paths.ELSE, tls);
  }

  /// What it does with the fields of its name.
  enum Action {
    Set("set-header"),
    Add("add-header"),
    Remove("del-header");

    private final String word;

    Action(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  /// The same with another value.
  HeaderRule with(String other) {
    return new HeaderRule(action, name, other, condition, line);
  }

  /// The name as it is compared.
  String key() {
    return name.toLowerCase(Locale.ROOT);
  }
}
