package dev.weir.config.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A structural schema as a CRD has it: the part of OpenAPI that ours uses. Immutable.
///
/// @param type `object`, `array`, `string`, `integer`, `boolean`; null for an integer or a string
/// @param properties of an object; empty for a map
/// @param values the schema of a map's values
/// @param items the schema of a list's elements
/// @param keys what makes elements of a list unique; empty when nothing does
/// @param set whether the elements themselves are unique
record Schema(
    @Nullable String type,
    String description,
    Map<String, Schema> properties,
    @Nullable Schema values,
    @Nullable Schema items,
    List<String> required,
    List<String> allowed,
    List<String> keys,
    boolean set,
    Limits limits,
    List<Rule> rules) {

  /// Bounds; null is none. `min` and `max` bound lengths of strings, lists and maps, the others the
  /// value of integers.
  record Limits(
      @Nullable Long min,
      @Nullable Long max,
      @Nullable Long minimum,
      @Nullable Long maximum,
      @Nullable Pattern pattern) {}

  /// A CEL rule.
  ///
  /// @param field where it reports, relative to the object; empty for the object itself
  record Rule(String cel, String message, String field) {}

  private static final String RESOURCE = "/dev/weir/api/loadbalancer.schema.json";
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "type",
          "description",
          "properties",
          "additionalProperties",
          "items",
          "required",
          "enum",
          "anyOf",
          "format",
          "minLength",
          "maxLength",
          "minItems",
          "maxItems",
          "maxProperties",
          "minimum",
          "maximum",
          "pattern",
          "x-kubernetes-int-or-string",
          "x-kubernetes-list-type",
          "x-kubernetes-list-map-keys",
          "x-kubernetes-validations");

  /// The schema of a LoadBalancer document: what `make crds` takes out of the CRD, with what only
  /// files may say.
  static Schema loadBalancer() {
    return Holder.LOAD_BALANCER;
  }

  private static final class Holder {
    static final Schema LOAD_BALANCER = load();
  }

  private static Schema load() {
    try (var in = Schema.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("not on the class path: " + RESOURCE);
      }
      var tree = new JsonMapper().readTree(in);
      FileFields.add(tree);
      return of(tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Schema of(JsonNode tree) {
    tree.fieldNames().forEachRemaining(Schema::understand);
    var properties = new LinkedHashMap<String, Schema>();
    tree.path("properties").properties().forEach(e -> properties.put(e.getKey(), of(e.getValue())));
    var pattern = text(tree, "pattern");
    var limits =
        new Limits(
            number(tree, "minLength", "minItems"),
            number(tree, "maxLength", "maxItems", "maxProperties"),
            number(tree, "minimum"),
            number(tree, "maximum"),
            pattern == null ? null : Pattern.compile(pattern));
    return new Schema(
        text(tree, "type"),
        tree.path("description").asText(),
        properties,
        tree.path("additionalProperties").isObject() ? of(tree.get("additionalProperties")) : null,
        tree.has("items") ? of(tree.get("items")) : null,
        texts(tree.path("required")),
        texts(tree.path("enum")),
        texts(tree.path("x-kubernetes-list-map-keys")),
        "set".equals(text(tree, "x-kubernetes-list-type")),
        limits,
        rules(tree.path("x-kubernetes-validations")));
  }

  private static void understand(String keyword) {
    if (!UNDERSTOOD.contains(keyword)) {
      throw new IllegalStateException("the CRD uses '" + keyword + "', which is not interpreted");
    }
  }

  private static @Nullable String text(JsonNode tree, String name) {
    return tree.has(name) ? tree.get(name).asText() : null;
  }

  private static @Nullable Long number(JsonNode tree, String... names) {
    for (var name : names) {
      if (tree.has(name)) {
        return tree.get(name).asLong();
      }
    }
    return null;
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(item -> texts.add(item.asText()));
    return List.copyOf(texts);
  }

  private static List<Rule> rules(JsonNode list) {
    var rules = new ArrayList<Rule>();
    list.forEach(
        rule ->
            rules.add(
                new Rule(
                    rule.path("rule").asText(),
                    rule.path("message").asText(),
                    rule.path("fieldPath").asText())));
    return List.copyOf(rules);
  }
}
