package dev.weir.config.render;

import org.jspecify.annotations.Nullable;

/// What is known of a file.
///
/// @param text null when it cannot be read
/// @param problem why it cannot be read; null when it can
public record FileView(@Nullable String text, @Nullable String problem) {

  /// Without the text, which may be a key.
  @Override
  public String toString() {
    return "FileView[" + (problem == null ? "read" : problem) + "]";
  }
}
