package dev.weir.config.haproxy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A section as it stands in the file.
///
/// @param name empty for `global` and an anonymous `defaults`
/// @param from the `defaults` that it names; null when it names none
/// @param line 1-based, of its first line
record Section(
    SectionKind kind, String name, @Nullable String from, int line, List<Statement> statements) {

  Section {
    statements = List.copyOf(statements);
  }

  /// What findings call it: `frontend web`, `global`.
  String where() {
    return name.isEmpty() ? kind.word() : kind.word() + " " + name;
  }
}
