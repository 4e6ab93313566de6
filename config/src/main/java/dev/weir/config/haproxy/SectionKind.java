package dev.weir.config.haproxy;

import java.util.Locale;

/// The sections that are understood.
enum SectionKind {
  Global,
  Defaults,
  Frontend,
  Backend,
  Listen;

  /// As a file writes it.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether it can accept connections.
  boolean front() {
    return this == Frontend || this == Listen;
  }

  /// Whether it can have servers.
  boolean back() {
    return this == Backend || this == Listen;
  }
}
