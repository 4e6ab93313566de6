package dev.weir.config.haproxy;

import java.util.List;

/// One line of a section.
///
/// @param line 1-based
/// @param prefix what stood before the first word
/// @param words at least one
record Statement(int line, Prefix prefix, List<String> words) {

  /// `no` negates, `default` restores what holds without the line.
  enum Prefix {
    None,
    No,
    Default
  }

  Statement {
    words = List.copyOf(words);
  }
}
