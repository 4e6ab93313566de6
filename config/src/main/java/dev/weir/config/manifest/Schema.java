package dev.weir.config.manifest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

  private static final String RESOURCE = "/dev/weir/api/loadbalancers.weir.dev.yaml";
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

  /// The schema of a LoadBalancer document, from the CRD on the class path.
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
      var findings = new Findings(RESOURCE);
      var crd =
          TreeReader.read(findings, new String(in.readAllBytes(), StandardCharsets.UTF_8))
              .getFirst();
      var versions = (Tree.Sequence) get(get(crd, "spec"), "versions");
      return of((Tree.Mapping) get(get(versions.items().getFirst(), "schema"), "openAPIV3Schema"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Tree get(Tree tree, String key) {
    var value = ((Tree.Mapping) tree).get(key);
    if (value == null) {
      throw new IllegalStateException("the CRD has no " + key);
    }
    return value;
  }

  private static Schema of(Tree.Mapping tree) {
    for (var key : tree.entries().keySet()) {
      if (!UNDERSTOOD.contains(key)) {
        throw new IllegalStateException("the CRD uses '" + key + "', which is not interpreted");
      }
    }
    var properties = new LinkedHashMap<String, Schema>();
    if (tree.get("properties") instanceof Tree.Mapping fields) {
      fields
          .entries()
          .forEach((name, entry) -> properties.put(name, of((Tree.Mapping) entry.value())));
    }
    var pattern = tree.text("pattern");
    var limits =
        new Limits(
            number(tree, "minLength", "minItems"),
            number(tree, "maxLength", "maxItems", "maxProperties"),
            number(tree, "minimum"),
            number(tree, "maximum"),
            pattern == null ? null : Pattern.compile(pattern));
    var description = tree.text("description");
    return new Schema(
        tree.text("type"),
        description == null ? "" : description,
        properties,
        tree.get("additionalProperties") instanceof Tree.Mapping values ? of(values) : null,
        tree.get("items") instanceof Tree.Mapping items ? of(items) : null,
        texts(tree.get("required")),
        texts(tree.get("enum")),
        texts(tree.get("x-kubernetes-list-map-keys")),
        "set".equals(tree.text("x-kubernetes-list-type")),
        limits,
        rules(tree.get("x-kubernetes-validations")));
  }

  private static @Nullable Long number(Tree.Mapping tree, String... names) {
    for (var name : names) {
      if (tree.get(name) instanceof Tree.Scalar(Long value, _, _)) {
        return value;
      }
    }
    return null;
  }

  private static List<String> texts(@Nullable Tree tree) {
    return tree instanceof Tree.Sequence list
        ? list.items().stream().map(item -> ((Tree.Scalar) item).text()).toList()
        : List.of();
  }

  private static List<Rule> rules(@Nullable Tree tree) {
    var rules = new ArrayList<Rule>();
    if (tree instanceof Tree.Sequence list) {
      for (var item : list.items()) {
        var rule = (Tree.Mapping) item;
        var field = rule.text("fieldPath");
        rules.add(
            new Rule(
                String.valueOf(rule.text("rule")),
                String.valueOf(rule.text("message")),
                field == null ? "" : field));
      }
    }
    return rules;
  }
}
