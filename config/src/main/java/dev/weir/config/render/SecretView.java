package dev.weir.config.render;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known of a Secret.
///
/// @param data its values as text; what is not UTF-8 is left out
public record SecretView(ObjectName name, Map<String, String> data) {
  public SecretView {
    data = Map.copyOf(data);
  }

  /// A value; null when there is none of that key.
  public @Nullable String value(String key) {
    return data.get(key);
  }

  /// Without its values.
  @Override
  public String toString() {
    return "SecretView[" + name + "]";
  }
}
