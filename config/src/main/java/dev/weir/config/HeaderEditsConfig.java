package dev.weir.config;

import java.util.List;

/// What is changed in the header of a message on its way, in this order: `remove`, `set`, `add`.
///
/// @param set replace all fields of their name
/// @param add come on top of the fields of their name
/// @param remove names whose fields are taken out
public record HeaderEditsConfig(List<Field> set, List<Field> add, List<String> remove) {

  public HeaderEditsConfig {
    set = List.copyOf(set);
    add = List.copyOf(add);
    remove = List.copyOf(remove);
  }

  /// A field.
  ///
  /// @param name a token for which [HeaderNames#refusal] has nothing to say
  /// @param value the text of a [HeaderTemplate]
  public record Field(String name, String value) {}
}
