package dev.weir.config.haproxy;

import java.util.Locale;

/// A line that edits a header.
///
/// @param value the value as the manifest writes it; empty with Remove
/// @param line 1-based
record HeaderRule(Action action, String name, String value, int line) {

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

  /// The name as it is compared.
  String key() {
    return name.toLowerCase(Locale.ROOT);
  }
}
