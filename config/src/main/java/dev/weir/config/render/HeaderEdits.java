package dev.weir.config.render;

import static java.util.Objects.requireNonNullElse;

import dev.weir.api.v1alpha1.HeaderEditsSpec;
import dev.weir.config.HeaderEditsCheck;
import dev.weir.config.HeaderEditsConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Renders the header edits of listeners, routes and pools. Pure but for the problems that it
/// reports.
final class HeaderEdits {
  private HeaderEdits() {}

  /// Null when nothing is edited.
  static @Nullable HeaderEditsConfig render(
      @Nullable HeaderEditsSpec spec, String path, Problems problems) {
    if (spec == null) {
      return null;
    }
    var edits =
        new HeaderEditsConfig(
            fields(spec.set()),
            fields(spec.add()),
            requireNonNullElse(spec.remove(), List.<String>of()));
    HeaderEditsCheck.check(
        edits, (field, rule, message) -> problems.refuse(path + "." + field, rule, message));
    boolean none = edits.set().isEmpty() && edits.add().isEmpty() && edits.remove().isEmpty();
    return none ? null : edits;
  }

  private static List<HeaderEditsConfig.Field> fields(
      @Nullable List<HeaderEditsSpec.Field> fields) {
    return requireNonNullElse(fields, List.<HeaderEditsSpec.Field>of()).stream()
        .map(field -> new HeaderEditsConfig.Field(field.name(), field.value()))
        .toList();
  }
}
