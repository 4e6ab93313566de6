package dev.weir.config.render;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known of a ConfigMap.
public record ConfigMapView(ObjectName name, Map<String, String> data) {
  public ConfigMapView {
    data = Map.copyOf(data);
  }

  /// A value; null when there is none of that key.
  public @Nullable String value(String key) {
    return data.get(key);
  }
}
