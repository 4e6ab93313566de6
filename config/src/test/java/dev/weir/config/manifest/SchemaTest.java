package dev.weir.config.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.render.Defaults;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SchemaTest {
  private static final Schema ROOT = Schema.loadBalancer();

  private static void walk(
      Schema schema, String path, java.util.function.BiConsumer<String, Schema> to) {
    to.accept(path, schema);
    schema.properties().forEach((name, child) -> walk(child, path + "." + name, to));
    if (schema.items() != null) {
      walk(schema.items(), path, (at, child) -> to.accept(at, child));
    }
    if (schema.values() != null) {
      walk(schema.values(), path + "[]", to);
    }
  }

  @Test
  void everyCelRuleOfTheCrdIsKnownInJava() {
    var unknown = new ArrayList<String>();
    walk(
        ROOT,
        "",
        (path, schema) ->
            schema.rules().stream()
                .filter(rule -> !CelRules.known(rule))
                .forEach(rule -> unknown.add(path + ": " + rule.cel())));
    assertEquals(List.of(), unknown);
  }

  @Test
  void theDescriptionsNameTheDefaultsOfTheTable() {
    var descriptions = new TreeMap<String, String>();
    walk(
        ROOT,
        "",
        (path, schema) -> {
          if (!schema.description().isEmpty()) {
            descriptions.putIfAbsent(
                path.substring(Math.min(1, path.length())), schema.description());
          }
        });
    Defaults.values()
        .forEach(
            (field, value) -> {
              var description = String.valueOf(descriptions.get(field));
              assertTrue(
                  description.contains("Default: " + value + ".")
                      || description.contains("Default: " + value + ","),
                  field + " has the default " + value + ", and its description is: " + description);
            });
  }
}
