package dev.weir.api.v1alpha1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// What the project demands of every field of its API.
class CrdRulesTest {
  private static final Set<String> YAML_11 = Set.of("on", "off", "yes", "no", "y", "n");
  private static final List<String> BROKEN = new ArrayList<>();

  @BeforeAll
  static void walk() throws Exception {
    var text = Files.readString(Path.of("loadbalancers.weir.dev.yaml"));
    var crd = map(new Load(LoadSettings.builder().build()).loadFromString(text));
    var versions = (List<?>) Objects.requireNonNull(map(crd.get("spec")).get("versions"));
    var root = map(map(map(versions.getFirst()).get("schema")).get("openAPIV3Schema"));
    var properties = map(root.get("properties"));
    field("spec", map(properties.get("spec")));
    field("status", map(properties.get("status")));
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }

  private static void field(String path, Map<?, ?> schema) {
    limits(path, schema);
    var required = schema.get("required") instanceof List<?> names ? names : List.of();
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (name, child) -> {
            var at = path + "." + name;
            describe(at, (Map<?, ?>) child, required.contains(name));
            if (YAML_11.contains(name.toString().toLowerCase(Locale.ROOT))) {
              BROKEN.add(at + ": is another word in YAML 1.1");
            }
            field(at, (Map<?, ?>) child);
          });
    }
    if (schema.get("items") instanceof Map<?, ?> items) {
      field(path + "[]", items);
    }
    if (schema.get("additionalProperties") instanceof Map<?, ?> values) {
      field(path + "{}", values);
    }
  }

  private static void limits(String path, Map<?, ?> schema) {
    var type = schema.get("type");
    boolean bounded = schema.containsKey("maxLength") || schema.containsKey("enum");
    if ((type == null || type.equals("string")) && !bounded) {
      BROKEN.add(path + ": a string without maxLength or enum");
    }
    if ("array".equals(type)
        && !(schema.containsKey("maxItems") && schema.containsKey("x-kubernetes-list-type"))) {
      BROKEN.add(path + ": a list without maxItems or list type");
    }
    if (schema.containsKey("additionalProperties") && !schema.containsKey("maxProperties")) {
      BROKEN.add(path + ": a map without maxProperties");
    }
    boolean number = "integer".equals(type) && path.startsWith("spec");
    if (number && !(schema.containsKey("minimum") && schema.containsKey("maximum"))) {
      BROKEN.add(path + ": an integer without minimum and maximum");
    }
    if ("number".equals(type)) {
      BROKEN.add(path + ": a float");
    }
  }

  private static void describe(String path, Map<?, ?> schema, boolean required) {
    var text = String.valueOf(schema.get("description"));
    if (!text.contains("Example: ")) {
      BROKEN.add(path + ": a description without an example");
    }
    if (path.startsWith("spec") && !required && !text.contains("Default: ")) {
      BROKEN.add(path + ": a description without the default");
    }
    boolean duration = String.valueOf(schema.get("pattern")).contains("(h|m|s|ms)");
    if (duration && !text.contains("duration")) {
      BROKEN.add(path + ": a description without the unit");
    }
  }

  @Test
  void everyFieldIsDescribedAndLimited() {
    assertEquals(List.of(), BROKEN);
  }
}
